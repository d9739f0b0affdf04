namespace Engine.Emulator.Cli;

/// <summary>What a replay was asked to do.</summary>
/// <param name="Directory">The journal.</param>
/// <param name="From">The first instruction count.</param>
/// <param name="To">The instruction count before which it ends.</param>
/// <param name="EventNames">Names of the event types to replay.</param>
internal sealed record ReplaySettings(string Directory, ulong From, ulong To, IReadOnlyList<string> EventNames)
{
    /// <summary>Whether browsers are shown the replay.</summary>
    public bool IsServed { get; init; }

    /// <summary>Where; null for the default.</summary>
    public string? ServeAddress { get; init; }
}
