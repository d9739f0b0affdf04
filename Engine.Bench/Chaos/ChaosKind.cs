namespace Engine.Bench.Chaos;

/// <summary>What was broken, how often, and what was found afterwards.</summary>
/// <param name="name">Its name.</param>
internal sealed class ChaosKind(string name)
{
    private readonly List<string> _differences = [];

    public string Name => name;

    /// <summary>Processes killed, power losses, or damages done.</summary>
    public long Kills { get; set; }

    /// <summary>Those among them at a named step.</summary>
    public long AtSteps { get; set; }

    /// <summary>Things that had been confirmed and were looked for.</summary>
    public long Confirmed { get; set; }

    /// <summary>The slowest opening after a crash, in milliseconds.</summary>
    public double SlowestOpening { get; set; }

    /// <summary>Everything that is not as it must be.</summary>
    public IReadOnlyList<string> Differences => _differences;

    public void Add(IEnumerable<string> differences) => _differences.AddRange(differences);
}

/// <summary>How much is broken.</summary>
/// <param name="Seed">What chance makes of it.</param>
/// <param name="Kills">Kills of each kind.</param>
/// <param name="Progress">Is told how far it is.</param>
internal sealed record ChaosPlan(int Seed, int Kills, Action<string> Progress)
{
    /// <summary>How long a victim is waited for that does not come to its step.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);
}
