using Engine.Gateway.Events;

namespace Engine.Gateway.Frames;

/// <summary>What a stream reads at once, and what it got. Used again for the next read; not thread-safe.</summary>
public sealed class FrameBatch
{
    /// <summary>The last event that has been looked at: reading begins behind it, and moves it.</summary>
    public long Cursor { get; set; }

    /// <summary>The last event to look at.</summary>
    public long UpTo { get; set; }

    /// <summary>Which events are wanted.</summary>
    public FrameFilter Filter { get; set; } = FrameFilter.All;

    /// <summary>What is left out because of pressure.</summary>
    public Degradation Degradation { get; set; }

    /// <summary>Events at most.</summary>
    public int MaxFrames { get; set; } = 64;

    /// <summary>Bytes at most, but for the first event.</summary>
    public long MaxBytes { get; set; } = 64 * 1024;

    /// <summary>The events that were read.</summary>
    public List<EventFrame> Frames { get; } = [];

    /// <summary>Bytes of the blocks of the events that were read.</summary>
    public long Bytes { get; private set; }

    /// <summary>Where events are missing before those that were read, because they have been trimmed: the first; 0 if none.</summary>
    public long GapFrom { get; private set; }

    /// <summary>The last event that is missing.</summary>
    public long GapTo { get; private set; }

    /// <summary>
    /// The last place up to which events are missing among those that are there, because some kinds were trimmed; 0 if none.
    /// </summary>
    public long MissingTo { get; private set; }

    /// <summary>Events left out because newer ones of the same type and resource are there.</summary>
    public int Coalesced { get; private set; }

    /// <summary>Events left out because of pressure, coalesced ones not included.</summary>
    public int Shed { get; private set; }

    /// <summary>Whether there is room for no more.</summary>
    public bool IsFull => Frames.Count >= MaxFrames || Bytes >= MaxBytes;

    /// <summary>Empties it for another read.</summary>
    public void Clear()
    {
        Frames.Clear();
        Bytes = GapFrom = GapTo = MissingTo = Coalesced = Shed = 0;
    }

    /// <summary>Takes the next event, whatever its sequence, or leaves it out; moves the cursor.</summary>
    /// <param name="frame">The event.</param>
    public void Take(EventFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Cursor = frame.Sequence;
        if (!Filter.Matches(frame))
            return;
        if (Degradation != Degradation.None && IsLeftOut(frame))
            return;
        Frames.Add(frame);
        Bytes += frame.Block.Length;
    }

    /// <summary>Notes that events behind the cursor have been trimmed, and moves it behind them.</summary>
    /// <param name="to">The last one that is missing.</param>
    public void NoteGap(long to)
    {
        if (to <= Cursor)
            return;
        GapFrom = GapFrom == 0 ? Cursor + 1 : GapFrom;
        GapTo = to;
        Cursor = to;
    }

    /// <summary>Notes that up to a place some events may have been trimmed, though others are there. Moves nothing.</summary>
    /// <param name="to">The last one that may be missing.</param>
    public void NoteMissing(long to)
    {
        if (to > Cursor && to > MissingTo)
            MissingTo = to;
    }

    private bool IsLeftOut(EventFrame frame)
    {
        bool isMetrics = frame.Traffic == EventTraffic.Metrics;
        if ((isMetrics && Degradation >= Degradation.WithoutMetrics)
            || (frame.Traffic == EventTraffic.Ordinary && Degradation >= Degradation.VitalOnly))
        {
            Shed++;
            return true;
        }

        if (!isMetrics || !frame.IsSupersededUpTo(UpTo))
            return false;
        Coalesced++;
        return true;
    }
}
