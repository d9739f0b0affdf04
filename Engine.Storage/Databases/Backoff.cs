namespace Engine.Storage.Databases;

/// <summary>Delays before the next attempt: 1 s, doubled, at most 5 minutes, with up to a quarter added.</summary>
internal static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Cap = TimeSpan.FromMinutes(5);

    /// <param name="failures">Attempts that have failed, at least 1.</param>
    public static TimeSpan After(long failures)
    {
        double nominal = Math.Min(Cap.Ticks, First.Ticks * Math.Pow(2, Math.Min(failures - 1, 32)));
        return TimeSpan.FromTicks((long)(nominal * (1 + (Random.Shared.NextDouble() / 4))));
    }
}
