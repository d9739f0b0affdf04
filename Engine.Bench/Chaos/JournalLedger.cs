using System.Globalization;
using Engine.Events.Vm;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>
/// What was offered to a journal and what it confirmed, kept outside of it, and what is wrong where the two are compared. Events are
/// made of session, producer and sequence, so that one that was never offered, or stands in another's place, shows.
/// </summary>
internal sealed class JournalLedger
{
    private readonly Dictionary<(long Session, int Producer), Entry> _streams = [];
    private readonly HashSet<(long Frame, long Session, int Producer, long First, int Count)> _confirmedFrames = [];
    private readonly SortedDictionary<long, (long Session, int Producer, long End)> _seen = [];
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Frames compared.</summary>
    public long FrameCount { get; private set; }

    /// <summary>Events that were said to be durable.</summary>
    public long ConfirmedCount => _streams.Values.Sum(static entry => entry.Confirmed);

    /// <summary>Makes the events that belong in a place.</summary>
    public static void Fill(long session, int producer, long first, Span<InstructionRetired> events)
    {
        for (int i = 0; i < events.Length; i++)
            events[i] = EventAt(session, producer, first + i);
    }

    /// <summary>Events up to a sequence are on their way.</summary>
    public void NoteOffered(long session, int producer, long end) => Of(session, producer).Offered = end;

    /// <summary>Events up to a sequence were said to be durable.</summary>
    public void NoteConfirmed(long session, int producer, long end)
    {
        Entry entry = Of(session, producer);
        entry.Confirmed = Math.Max(entry.Confirmed, end);
        if (entry.Confirmed > entry.Offered)
            Add($"{end} events of producer {producer} were confirmed, {entry.Offered} offered");
    }

    /// <summary>From now on every frame that can be read has to stay.</summary>
    public void Confirm(IJournalFiles files)
    {
        foreach (FrameHeader header in Read(files))
            _confirmedFrames.Add(KeyOf(header));
    }

    /// <summary>Compares.</summary>
    public void Check(IJournalFiles files)
    {
        var ends = new Dictionary<(long Session, int Producer), Covered>();
        var frames = new HashSet<(long, long, int, long, int)>();
        // What was deleted on purpose was seen before, and is not missing.
        long deleted = JournalDeletion.Read(files).LastFrameNumber;
        // The last of them may have been damaged, and so not have been seen itself; but some behind it was.
        if (deleted > _seen.Keys.DefaultIfEmpty().Max())
            Add($"frames up to {deleted} were deleted, and were never there");
        foreach ((_, (long session, int producer, long end)) in _seen.TakeWhile(frame => frame.Key <= deleted))
            ends[(session, producer)] = new Covered { PrefixEnd = end, End = end };
        foreach (FrameHeader header in Read(files).Where(header => header.FrameNumber > deleted))
        {
            frames.Add(KeyOf(header));
            (long Session, int Producer) key = (header.Stream.Session, header.Stream.ProducerId);
            if (!ends.TryGetValue(key, out Covered? covered))
                ends.Add(key, covered = new Covered());
            covered.Take(header, this);
        }

        foreach (((long session, int producer), Entry entry) in _streams)
        {
            long have = ends.TryGetValue((session, producer), out Covered? covered) ? covered.PrefixEnd : 0;
            if (have < entry.Confirmed)
                Add($"of producer {producer} {entry.Confirmed} events were confirmed, only {have} are there without a gap");
            if (covered is not null && covered.End > entry.Offered)
                Add($"of producer {producer} {covered.End} events are there, {entry.Offered} were offered");
        }

        foreach ((long, long, int, long, int) missing in _confirmedFrames.Where(
            frame => frame.Frame > deleted && !frames.Contains(frame)))
            Add($"frame {missing} could be read after an opening, and is gone");
    }

    private static InstructionRetired EventAt(long session, int producer, long sequence)
    {
        ulong mixed = ((ulong)session * 0x9E3779B97F4A7C15) ^ ((ulong)sequence * 0xC2B2AE3D27D4EB4F) ^ (uint)producer;
        return new InstructionRetired((ulong)sequence, (uint)(mixed >> 32), (InstructionFlags)(uint)mixed);
    }

    private static (long Frame, long Session, int Producer, long First, int Count) KeyOf(FrameHeader header) =>
        (header.FrameNumber, header.Stream.Session, header.Stream.ProducerId, header.FirstSequence, header.Count);

    private IEnumerable<FrameHeader> Read(IJournalFiles files)
    {
        if (JournalDirectory.Segments(files).Count == 0)
            yield break;
        using JournalReader reader = JournalReader.Open(files);
        var events = new InstructionRetired[FrameFormat.MaxCount];
        long last = 0;
        while (reader.TryRead(out JournalFrame frame))
        {
            FrameHeader header = frame.Header;
            FrameCount++;
            if (header.FrameNumber <= last)
                Add($"frame {header.FrameNumber} comes behind frame {last}");
            last = header.FrameNumber;
            _seen[last] = (header.Stream.Session, header.Stream.ProducerId, header.EndSequence);
            if (header.Kind == FrameKind.Events)
            {
                frame.Decode<InstructionRetired>(events);
                Compare(header, events);
            }

            yield return header;
        }
    }

    private void Compare(FrameHeader header, InstructionRetired[] events)
    {
        for (int i = 0; i < header.Count; i++)
        {
            if (events[i] == EventAt(header.Stream.Session, header.Stream.ProducerId, header.FirstSequence + i))
                continue;
            Add($"frame {header.FrameNumber}: event {header.FirstSequence + i} of {header.Stream} is another one");
            return;
        }
    }

    private Entry Of(long session, int producer)
    {
        if (!_streams.TryGetValue((session, producer), out Entry? entry))
            _streams.Add((session, producer), entry = new Entry());
        return entry;
    }

    private void Add(FormattableString problem) => _problems.Add(problem.ToString(CultureInfo.InvariantCulture));

    private sealed class Entry
    {
        public long Offered { get; set; }

        public long Confirmed { get; set; }
    }

    /// <summary>What is there of one stream.</summary>
    private sealed class Covered
    {
        /// <summary>Where the first gap begins, named or not.</summary>
        public long PrefixEnd { get; set; }

        public long End { get; set; }

        public void Take(FrameHeader header, JournalLedger ledger)
        {
            if (header.FirstSequence < End)
                ledger.Add($"frame {header.FrameNumber}: events from {header.FirstSequence} on of {header.Stream} are there twice");
            if (header.FirstSequence == PrefixEnd)
                PrefixEnd = header.EndSequence;
            End = Math.Max(End, header.EndSequence);
        }
    }
}
