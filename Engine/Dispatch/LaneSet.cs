namespace Engine.Dispatch;

/// <summary>The lanes of one worker, highest weight first. Replaced as a whole; readers take the array once per round.</summary>
internal sealed class LaneSet
{
    private readonly Lock _changeLock = new();
    private DispatchLane[] _lanes = [];

    public DispatchLane[] Lanes => Volatile.Read(ref _lanes);

    public bool HasBacklog
    {
        get
        {
            foreach (DispatchLane lane in Lanes)
            {
                if (lane.HasBacklog)
                    return true;
            }

            return false;
        }
    }

    public void Add(DispatchLane lane)
    {
        lock (_changeLock)
            Volatile.Write(ref _lanes, [.. _lanes.Append(lane).OrderByDescending(static l => l.Weight)]);
    }

    public void Remove(DispatchLane lane)
    {
        lock (_changeLock)
            Volatile.Write(ref _lanes, [.. _lanes.Where(l => l != lane)]);
    }
}
