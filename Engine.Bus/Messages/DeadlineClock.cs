using System.Runtime.CompilerServices;

namespace Engine.Bus.Messages;

/// <summary>
/// The clock of leases, delays and waits, in ticks of its own. With the system's time it is the one that counts milliseconds, a few at
/// a time: timers are no finer, and reading it costs a third. Thread-safe.
/// </summary>
internal sealed class DeadlineClock(TimeProvider timeProvider)
{
    private readonly bool _isSystem = timeProvider == TimeProvider.System;
    private readonly double _ticksPerSecond = timeProvider == TimeProvider.System ? 1000 : timeProvider.TimestampFrequency;

    public long Now
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _isSystem ? Environment.TickCount64 : timeProvider.GetTimestamp();
    }

    /// <summary>The time of the day.</summary>
    public DateTimeOffset UtcNow => timeProvider.GetUtcNow();

    /// <summary>Rounded up, so that nothing above zero ends at once.</summary>
    public long ToTicks(TimeSpan duration) => (long)Math.Ceiling(duration.TotalSeconds * _ticksPerSecond);

    /// <summary>The time until a deadline; below zero when it has passed.</summary>
    public TimeSpan Until(long deadline) => TimeSpan.FromSeconds((deadline - Now) / _ticksPerSecond);
}
