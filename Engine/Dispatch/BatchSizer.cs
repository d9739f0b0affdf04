namespace Engine.Dispatch;

/// <summary>
/// Decides how long a worker waits between two looks at its lanes while events are flowing, and how many events one
/// batch may have. Used by one worker.
/// </summary>
internal abstract class BatchSizer
{
    /// <summary>Time to wait before the next look, in ticks; 0 to look again at once.</summary>
    public long PollGapTicks { get; private protected set; }

    /// <summary>The most events of one batch.</summary>
    public int MaxBatch { get; private protected set; }

    /// <summary>Learns from one look and the round that followed.</summary>
    public abstract void Record(in PollSample sample);
}
