namespace Engine.Storage.Databases;

/// <summary>Delays before the next attempt: doubled up to a cap, with up to a quarter added; 1 s to 5 minutes by default.</summary>
internal static class Backoff
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Cap = TimeSpan.FromMinutes(5);

    /// <param name="failures">Attempts that have failed, at least 1.</param>
    public static TimeSpan After(long failures) => After(failures, First, Cap);

    /// <inheritdoc cref="After(long)"/>
    public static TimeSpan After(long failures, TimeSpan first, TimeSpan cap)
    {
        double nominal = Math.Min(cap.Ticks, first.Ticks * Math.Pow(2, Math.Min(failures - 1, 32)));
        return TimeSpan.FromTicks((long)(nominal * (1 + (Random.Shared.NextDouble() / 4))));
    }
}
