namespace Engine.Gateway.Streams;

/// <summary>A token bucket of bytes: a second's worth at most. Thread-safe.</summary>
/// <param name="bytesPerSecond">The rate; 0 for no limit.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class ByteBudget(long bytesPerSecond, TimeProvider timeProvider)
{
    /// <summary>No limit; shared by all who have none.</summary>
    public static ByteBudget Unlimited { get; } = new(0, TimeProvider.System);

    private readonly Lock _lock = new();
    private double _available = bytesPerSecond;
    private long _at = timeProvider.GetTimestamp();

    /// <summary>A bucket of one's own, or none.</summary>
    public static ByteBudget Of(long bytesPerSecond, TimeProvider timeProvider) =>
        bytesPerSecond == 0 ? Unlimited : new ByteBudget(bytesPerSecond, timeProvider);

    /// <summary>Takes bytes, on credit if there are not enough, and says how long to wait before they are written.</summary>
    public TimeSpan Take(long bytes)
    {
        if (bytesPerSecond == 0)
            return TimeSpan.Zero;
        lock (_lock)
        {
            long now = timeProvider.GetTimestamp();
            double earned = timeProvider.GetElapsedTime(_at, now).TotalSeconds * bytesPerSecond;
            _available = Math.Min(bytesPerSecond, _available + earned) - bytes;
            _at = now;
            return _available >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_available / bytesPerSecond);
        }
    }
}
