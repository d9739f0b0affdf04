using System.Diagnostics;
using System.Globalization;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>
/// Writes a journal until it is killed, and says on its output what was offered and what was confirmed. Deletes old segments now and
/// then.
/// </summary>
internal static class JournalVictim
{
    /// <summary>In place of a number of bytes: the disk is a small one, on which room has to be made first.</summary>
    public const long SmallDisk = -1;

    private const int Producers = 2;
    private const int FrameEvents = 64;
    private const long SegmentBytes = 16 * 1024;

    public static void Run(string directory, int seed, long fullEveryBytes)
    {
        var random = new Random(seed);
        var files = new SteppedFiles(new DiskFiles(directory), Math.Max(0, fullEveryBytes));
        long started = Stopwatch.GetTimestamp();
        using Journal journal = Journal.Open(
            files,
            new JournalOptions
            {
                SegmentBytes = SegmentBytes,
                FrameEvents = FrameEvents,
                MaxDelay = TimeSpan.FromMilliseconds(1),
                TimeProvider = new JumpingTime(seed),
            });
        Say($"opened {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F1}");
        Say($"session {journal.Session}");
        if (fullEveryBytes == SmallDisk)
            journal.Trim(new JournalRetention { BeforeSegment = journal.Recovery.LastSegment });
        ProducerInfo[] producers = [.. Enumerable.Range(1, Producers).Select(static id => new ProducerInfo(id, $"vcpu{id}"))];
        JournalStream<InstructionRetired>[] streams = [.. producers.Select(journal.OpenStream<InstructionRetired>)];
        long[] offered = new long[Producers];
        var events = new InstructionRetired[3 * FrameEvents];
        while (true)
        {
            int i = random.Next(Producers);
            Span<InstructionRetired> some = events.AsSpan(0, 1 + random.Next(events.Length));
            JournalLedger.Fill(journal.Session, i + 1, offered[i], some);
            var envelope = new Envelope(
                InstructionRetired.Descriptor, producers[i], offered[i], offered[i], 0, 0, isInline: false);
            offered[i] += some.Length;
            Say($"offered {i + 1} {offered[i]}");
            streams[i].Append(some, envelope);
            // Only what was there before: the ledger has seen that.
            if (random.Next(20) == 0)
                journal.Trim(new JournalRetention { BeforeSegment = random.NextInt64(journal.Recovery.LastSegment + 2) });
            if (random.Next(4) == 0 && journal.Flush(TimeSpan.FromMinutes(1)))
            {
                ChaosSteps.Reach("confirm");
                for (int k = 0; k < Producers; k++)
                    Say($"confirmed {k + 1} {offered[k]}");
            }
        }
    }

    private static void Say(FormattableString text)
    {
        Console.Out.Write(text.ToString(CultureInfo.InvariantCulture) + "\n");
        Console.Out.Flush();
    }
}
