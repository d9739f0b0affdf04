using System.Buffers;
using Engine.Cluster.Contracts;
using Engine.Storage.Journals;

namespace Engine.Cluster.Publishing;

/// <summary>A message whose acknowledgement is waited for, and its bytes. One owner.</summary>
internal sealed class FrameInFlight
{
    private byte[]? _bytes;

    private FrameInFlight(long lastFrame, int events, long lostFrames, int bytes) =>
        (LastFrame, Events, LostFrames, Bytes) = (lastFrame, events, lostFrames, bytes);

    /// <summary>Ends when the broker has acknowledged it.</summary>
    public Task Ack { get; set; } = Task.CompletedTask;

    /// <summary>The last frame that it stands for.</summary>
    public long LastFrame { get; }

    public int Events { get; }

    public long LostFrames { get; }

    public int Bytes { get; }

    public bool IsTooLarge { get; private init; }

    public ReadOnlyMemory<byte> Body => _bytes.AsMemory(0, Bytes);

    /// <summary>Copies a frame, unless it would take too many messages.</summary>
    public static FrameInFlight Of(in JournalFrame frame, int maxMessageBytes)
    {
        if (FrameWire.PartsOf(frame.Length, maxMessageBytes) > FrameWire.MaxParts)
            return new FrameInFlight(frame.Header.FrameNumber, 0, 1, 0) { IsTooLarge = true };
        byte[] bytes = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(bytes);
        return new FrameInFlight(frame.Header.FrameNumber, frame.Header.Count, 0, frame.Length) { _bytes = bytes };
    }

    public static FrameInFlight Of(FrameRangeLoss loss) => new(loss.To, 0, loss.Count, 0);

    /// <summary>Gives the bytes back. They must not be used any more.</summary>
    public void Return()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
