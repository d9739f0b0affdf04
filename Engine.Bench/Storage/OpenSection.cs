using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Journals;

namespace Engine.Bench.Storage;

/// <summary>
/// How long a journal takes to open after its writer was killed, by how much there is. The mark is as old as it can be after a power
/// loss, and the last frame is torn.
/// </summary>
internal static class OpenSection
{
    private const double MaxMilliseconds = 100;
    private const long SegmentBytes = 256L << 20;

    public static void Run(Measurement measurement)
    {
        using var small = new KilledJournal<InstructionRetired>(GuestTrace.Instructions, SegmentBytes - (1 << 20), SegmentBytes);
        using var large = new KilledJournal<MemoryAccessed>(GuestTrace.Accesses, SegmentBytes - (1 << 20), SegmentBytes);
        using var many = new KilledJournal<MemoryAccessed>(GuestTrace.Accesses, SegmentBytes, 1 << 20);
        RoundResult[] rounds = measurement.Rounds("open", 4, variant => variant switch
        {
            0 => small.Open(keepsMark: true),
            1 => large.Open(keepsMark: true),
            2 => many.Open(keepsMark: true),
            _ => small.Open(keepsMark: false),
        });
        measurement.Report.Add(
            RoundsTable.Create(
                "open", "Opening after a crash, 256 MiB, the last frame torn",
                ["one segment, instructions", "one segment, memory accesses", "256 segments", "one segment, no mark"], rounds, "ms"),
            rounds);
        double slowest = Enumerable.Range(0, 3).Max(variant => Statistics.Median(rounds.Select(round => round.Values[variant])));
        measurement.Report.AddTarget("open after a crash, ms", slowest, MaxMilliseconds, slowest <= MaxMilliseconds);
    }

    private sealed class KilledJournal<T> : IDisposable
        where T : unmanaged, IEvent<T>
    {
        private readonly JournalFolder _folder = new();
        private readonly string _last;
        private readonly long _length;
        private readonly byte[] _mark;

        public KilledJournal(T[] events, long bytes, long segmentBytes)
        {
            var producer = new ProducerInfo(1, "vcpu0");
            var options = new JournalOptions { SegmentBytes = segmentBytes, FrameEvents = 32_768 };
            byte[]? mark = null;
            long unknown = Math.Min(JournalMark.SynchronizedEveryBytes, segmentBytes)
                + Math.Min(JournalSynchronizer.MaxUnsynchronizedBytes, JournalSynchronizer.MaxUnsynchronizedSegments * segmentBytes);
            using (Journal journal = Journal.Open(_folder.Path, options))
            {
                JournalStream<T> stream = journal.OpenStream<T>(producer);
                for (long sequence = 0; journal.GetStatistics().StoredBytes < bytes; sequence += options.FrameEvents)
                {
                    var envelope = new Envelope(T.Descriptor, producer, sequence, sequence, 0, 0, isInline: false);
                    stream.Append(events.AsSpan((int)(sequence % events.Length), options.FrameEvents), envelope);
                    // So much may be written and not noted durably.
                    if (mark is null && journal.GetStatistics().StoredBytes > bytes - unknown && journal.Flush(TimeSpan.FromMinutes(1)))
                        mark = File.ReadAllBytes(MarkPath);
                }
            }

            _mark = mark!;
            _last = Directory.GetFiles(_folder.Path, "*.seg").Max()!;
            _length = new FileInfo(_last).Length - 100;
        }

        private string MarkPath => Path.Combine(_folder.Path, JournalMark.Name);

        /// <summary>Milliseconds.</summary>
        public double Open(bool keepsMark)
        {
            using (FileStream file = File.OpenWrite(_last))
                file.SetLength(_length);
            File.WriteAllBytes(MarkPath, keepsMark ? _mark : []);
            long started = Stopwatch.GetTimestamp();
            using Journal journal = Journal.Open(_folder.Path);
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        public void Dispose() => _folder.Dispose();
    }
}
