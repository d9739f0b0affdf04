using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Golden;

/// <summary>
/// A journal with three events of each built-in type, as an older build has written it. With UPDATE_SNAPSHOTS=1 it is written anew, which
/// is right only where a type was added: what is recorded out there stays as it is.
/// </summary>
internal sealed class GoldenJournalTests
{
    private const int EventsPerType = 3;

    private static readonly ProducerInfo s_producer = new(1, "vcpu0");

    [Test]
    public void Every_built_in_event_of_an_older_build_is_read()
    {
        string golden = Folder();
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            Write(golden);
        using JournalReader reader = JournalReader.Open(golden);
        var comparison = new Comparison();
        while (reader.TryRead(out JournalFrame frame))
        {
            if (frame.Header.Kind == FrameKind.Events)
                comparison.Compare(frame);
        }

        Assert.That(comparison.Seen, Is.EquivalentTo(VmEvents.All.Select(static descriptor => descriptor.Name)));
    }

    [Test]
    public void What_is_written_today_has_the_same_names_layouts_and_events()
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf("journal");
        Write(path);
        Assert.That(Frames(path), Is.EqualTo(Frames(Folder())));
    }

    private static List<string> Frames(string folder)
    {
        var frames = new List<string>();
        using JournalReader reader = JournalReader.Open(folder);
        while (reader.TryRead(out JournalFrame frame))
        {
            FrameHeader header = frame.Header;
            frames.Add(
                $"{header.Kind} {header.Stream.EventType} {header.Stream.Layout} {header.Stream.EventSize} {header.CodecId} "
                + $"{header.FirstSequence}+{header.Count}");
        }

        return frames;
    }

    private static void Write(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        using Journal journal = Journal.Open(folder, new JournalOptions { MaxDelay = TimeSpan.FromMinutes(1) });
        VmEvents.Visit(new Recorder(journal));
        Assert.That(journal.Close().IsComplete, Is.True);
    }

    private static string Folder([CallerFilePath] string test = "") => Path.Combine(Path.GetDirectoryName(test)!, "vm-events");

    /// <summary>Every byte of them counts, and no two events are alike.</summary>
    private static T[] EventsOf<T>()
        where T : unmanaged, IEvent<T>
    {
        var events = new T[EventsPerType];
        Span<byte> bytes = MemoryMarshal.AsBytes(events.AsSpan());
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)((7 * i) + T.Descriptor.Name.Length);
        return events;
    }

    private sealed class Recorder(Journal journal) : IEventTypeVisitor
    {
        public void Visit<T>()
            where T : unmanaged, IEvent<T> =>
            journal.OpenStream<T>(s_producer).Append(
                EventsOf<T>(), new Envelope(T.Descriptor, s_producer, 0, 0, 0, 0, isInline: false));
    }

    private sealed class Comparison : IEventTypeVisitor
    {
        private JournalFrame _frame;

        public List<string> Seen { get; } = [];

        public void Compare(in JournalFrame frame)
        {
            _frame = frame;
            VmEvents.Visit(this);
        }

        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            if (T.Descriptor.Name != _frame.Header.Stream.EventType)
                return;
            Seen.Add(T.Descriptor.Name);
            var events = new T[_frame.Header.Count];
            _frame.Decode<T>(events);
            byte[] read = MemoryMarshal.AsBytes(events.AsSpan()).ToArray();
            Assert.That(read, Is.EqualTo(MemoryMarshal.AsBytes(EventsOf<T>().AsSpan()).ToArray()), T.Descriptor.Name);
        }
    }
}
