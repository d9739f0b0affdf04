using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Storage.Codecs;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Journals;

/// <summary>A folder with a journal, and ways to fill it and to look at it.</summary>
internal sealed class JournalFolderUnderTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder.PathOf("journal");

    public IEnumerable<string> SegmentPaths => Directory.GetFiles(Path, "*.seg").Order(StringComparer.Ordinal);

    /// <summary>Records numbers from 0 on, frame by frame of so many events, and closes the journal.</summary>
    public JournalCloseReport Record(int count, int frameEvents = 100, long segmentBytes = JournalOptions.MinSegmentBytes)
    {
        using Journal journal = Journal.Open(
            Path,
            new JournalOptions
            {
                FrameEvents = frameEvents,
                SegmentBytes = segmentBytes,
                MaxDelay = TimeSpan.FromMinutes(1),
                CloseTimeout = Eventually.HangGuard,
            });
        EventEngine engine = Engines.Build(capacity: 1024);
        journal.Record<Number>(engine);
        engine.Start();
        using (EventProducer producer = engine.CreateProducer("numbers"))
        {
            EventLane<Number> lane = producer.GetLane<Number>();
            for (int i = 0; i < count; i++)
            {
                producer.InstructionCount = 10 * i;
                lane.Publish(new Number(i, i % 7));
            }
        }

        engine.StopDrained();
        return journal.Close();
    }

    /// <summary>Records numbers from 0 on, in one session, into segments of so many frames.</summary>
    public void RecordInSmallSegments(
        int count, int frameEvents, int frames, JournalRetention? retention = null, Func<bool>? until = null)
    {
        using Journal journal = Journal.Open(
            new DiskFiles(Path),
            new JournalOptions
            {
                FrameEvents = frameEvents,
                // What a compressed number and a header take, about.
                SegmentBytes = frames * (300 + (6 * frameEvents)),
                MaxDelay = TimeSpan.FromMilliseconds(1),
                Retention = retention,
            });
        var producer = new ProducerInfo(1, "numbers");
        JournalStream<Number> stream = journal.OpenStream<Number>(producer);
        var random = new Random(5);
        var events = new Number[frameEvents];
        int done = 0;
        while (done < count || until?.Invoke() == false)
        {
            for (int i = 0; i < frameEvents; i++)
                events[i] = new Number(done + i, random.Next());
            stream.Append(events, new Envelope(Number.Descriptor, producer, done, done, 0, 0, isInline: false));
            done += frameEvents;
            if (done % 2_000 == 0)
                journal.Flush(Eventually.HangGuard);
        }
    }

    public JournalAudit Audit()
    {
        using JournalReader reader = JournalReader.Open(Path);
        return JournalAudit.Of(reader);
    }

    /// <summary>All numbers that can be read, in order.</summary>
    public List<long> Values(JournalPosition? from = null, JournalCodecs? codecs = null)
    {
        using JournalReader reader = JournalReader.Open(Path, codecs);
        if (from is { } position)
            reader.Seek(position);
        var values = new List<long>();
        var events = new Number[FrameFormat.MaxCount];
        while (reader.TryRead(out JournalFrame frame))
        {
            if (frame.Header.Kind != FrameKind.Events)
                continue;
            frame.Decode<Number>(events);
            values.AddRange(events.Take(frame.Header.Count).Select(static number => number.Value));
        }

        return values;
    }

    /// <summary>Where the frames of the first segment begin, and what they are.</summary>
    public List<(JournalPosition Position, FrameHeader Header)> Frames()
    {
        using JournalReader reader = JournalReader.Open(Path);
        var frames = new List<(JournalPosition, FrameHeader)>();
        while (reader.TryRead(out JournalFrame frame))
            frames.Add((frame.Position, frame.Header));
        return frames;
    }

    public void Dispose() => _folder.Dispose();
}
