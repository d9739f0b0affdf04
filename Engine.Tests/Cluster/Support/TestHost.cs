using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Journals;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster.Support;

/// <summary>A journal that is written without a machine: known instructions of one producer, a frame a call.</summary>
internal sealed class TestHost : IDisposable
{
    private readonly ProducerInfo _producer = new(1, "vcpu1");
    private readonly JournalStream<InstructionRetired> _stream;
    private long _next;

    public TestHost(string directory, JournalOptions? options = null)
    {
        Journal = Journal.Open(directory, options ?? new JournalOptions
        {
            MaxDelay = TimeSpan.FromMilliseconds(1),
            SegmentBytes = JournalOptions.MinSegmentBytes,
        });
        _stream = Journal.OpenStream<InstructionRetired>(_producer);
    }

    public Journal Journal { get; }

    public string Directory => Journal.Directory;

    /// <summary>Writes a frame, and waits until it is durable.</summary>
    public void Write(int events = 3)
    {
        WriteSoon(events);
        Assert.That(Journal.Flush(Eventually.HangGuard), Is.True);
    }

    /// <summary>Writes a frame.</summary>
    public void WriteSoon(int events = 3)
    {
        var some = new InstructionRetired[events];
        for (int i = 0; i < events; i++)
            some[i] = new InstructionRetired(Mix((ulong)(_next + i)), (uint)Mix((ulong)(_next + i) + 1), default);
        _stream.Append(some, new Envelope(InstructionRetired.Descriptor, _producer, _next, _next, 0, 0, isInline: false));
        _stream.Seal();
        _next += events;
    }

    /// <summary>Writes frames.</summary>
    public void WriteFrames(int count, int events = 3)
    {
        for (int i = 0; i < count; i++)
            WriteSoon(events);
        Assert.That(Journal.Flush(Eventually.HangGuard), Is.True);
    }

    public void Dispose() => Journal.Dispose();

    // Addresses that nothing predicts, so that frames are as large as they look.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }

    /// <summary>The bytes of all frames in a directory, in order.</summary>
    public static List<byte[]> FramesIn(string directory)
    {
        var frames = new List<byte[]>();
        using JournalReader reader = JournalReader.Open(directory);
        while (reader.TryRead(out JournalFrame frame))
        {
            byte[] bytes = new byte[frame.Length];
            frame.CopyTo(bytes);
            frames.Add(bytes);
        }

        return frames;
    }
}
