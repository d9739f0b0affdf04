using Engine.Primitives;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>The stream of one frame: the account at the end of a session.</summary>
internal sealed class AccountStream(long session) : JournalStream(
    new FrameStream(session, AccountRecord.EventType, AccountRecord.Layout, 1, 0, "journal", null), codecId: 0)
{
    public override long RecordedCount => 0;

    public override long LostInRingCount => 0;

    public override long DroppedCount => 0;

    public DraftFrame FrameOf(byte[] payload, DateTimeOffset time)
    {
        var frame = new DraftFrame(this, 0, 0, MonotonicClock.Now, time) { Kind = FrameKind.Account };
        payload.CopyTo(frame.Room(payload.Length));
        frame.Length = payload.Length;
        return frame;
    }

    public override void SealIfOlder(long startedBefore)
    {
    }

    public override void Seal()
    {
    }

    public override void End()
    {
    }
}
