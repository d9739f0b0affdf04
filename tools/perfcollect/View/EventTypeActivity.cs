namespace Engine.PerfCollect.View;

/// <summary>What one of the engine's event types went through during a capture.</summary>
internal sealed class EventTypeActivity(string name)
{
    public string Name { get; } = name;

    public long Batches { get; set; }

    public long Events { get; set; }

    /// <summary>Time in batches, handlers included.</summary>
    public double BatchMilliseconds { get; private set; }

    public double LongestBatchMilliseconds { get; private set; }

    public long Stalls { get; private set; }

    /// <summary>Time that publishers waited for a free slot.</summary>
    public double StallMilliseconds { get; private set; }

    public long Lost { get; set; }

    public long HandlerErrors { get; set; }

    public void AddBatchTime(double milliseconds)
    {
        BatchMilliseconds += milliseconds;
        LongestBatchMilliseconds = Math.Max(LongestBatchMilliseconds, milliseconds);
    }

    public void AddStall(double milliseconds)
    {
        Stalls++;
        StallMilliseconds += milliseconds;
    }
}
