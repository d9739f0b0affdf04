namespace Engine.Storage.Databases;

/// <summary>How often something happened within the last minute. Thread-safe.</summary>
internal sealed class RecentCount(TimeProvider timeProvider)
{
    private const int Seconds = 60;

    private readonly Lock _lock = new();
    private readonly (long Second, long Count)[] _cells = new (long, long)[Seconds];

    public long LastMinute
    {
        get
        {
            long now = Now();
            lock (_lock)
                return _cells.Where(cell => cell.Second > now - Seconds && cell.Second <= now).Sum(static cell => cell.Count);
        }
    }

    public void Add(long count)
    {
        long now = Now();
        lock (_lock)
        {
            ref (long Second, long Count) cell = ref _cells[now % Seconds];
            cell = cell.Second == now ? (now, cell.Count + count) : (now, count);
        }
    }

    private long Now() => timeProvider.GetTimestamp() / timeProvider.TimestampFrequency;
}
