namespace Engine.Bench.Chaos;

/// <summary>A wall clock that is set forward and back, by up to two hours, every few looks. Thread-safe.</summary>
internal sealed class JumpingTime(int seed) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private TimeSpan _offset;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            if (_random.Next(8) == 0)
                _offset = TimeSpan.FromMinutes(_random.Next(-120, 121));
            return base.GetUtcNow() + _offset;
        }
    }
}
