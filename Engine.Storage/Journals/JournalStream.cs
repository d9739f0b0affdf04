using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>The events of one type and one producer, on their way into a journal.</summary>
internal abstract class JournalStream(FrameStream identity, int codecId)
{
    private long _writtenEnd;
    private long _durableEnd;
    private long _aboutToBeDurable;

    public FrameStream Identity => identity;

    /// <summary>How its events become bytes.</summary>
    public int CodecId => codecId;

    /// <summary>What the last frame took in memory: so much the next one will want. A hint.</summary>
    public int UsualFrameBytes { get; set; }

    /// <summary>Events recorded.</summary>
    public abstract long RecordedCount { get; }

    /// <summary>Events that a ring had lost before they came here.</summary>
    public abstract long LostInRingCount { get; }

    /// <summary>Events that the journal dropped.</summary>
    public abstract long DroppedCount { get; }

    /// <summary>The sequence after the last durable event. Everything before it is on the disk or named there as lost.</summary>
    public long DurableEnd => Volatile.Read(ref _durableEnd);

    /// <summary>Hands a frame to the writer if it was begun before a time. Does not wait for a thread that is filling it.</summary>
    public abstract void SealIfOlder(long startedBefore);

    /// <summary>Hands over what there is.</summary>
    public abstract void Seal();

    /// <summary>Hands over what there is, and the end; nothing is recorded any more.</summary>
    public abstract void End();

    /// <summary>Under the synchronizer's lock: a frame has been written.</summary>
    public void NoteWritten(long endSequence) => _writtenEnd = endSequence;

    /// <summary>Under the synchronizer's lock: what is written now will be durable.</summary>
    public void BeginSync() => _aboutToBeDurable = _writtenEnd;

    /// <summary>Synchronizer: it is.</summary>
    public void EndSync() => Volatile.Write(ref _durableEnd, _aboutToBeDurable);
}
