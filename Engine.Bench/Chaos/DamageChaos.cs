using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>
/// Damages a journal: a bit is flipped, or a frame in the middle is torn, or the end is. What is left must be all the other frames,
/// and the audit must name what is missing.
/// </summary>
internal static class DamageChaos
{
    private const int Frames = 200;
    private const int FrameEvents = 50;
    private static readonly ProducerInfo s_producer = new(1, "vcpu1");

    public static void Run(ChaosPlan plan, ChaosKind kind)
    {
        var random = new Random(plan.Seed);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-chaos-");
        try
        {
            Write(folder.FullName);
            string path = Directory.GetFiles(folder.FullName, "*.seg").Single();
            byte[] whole = File.ReadAllBytes(path);
            List<(long Offset, FrameHeader Header)> frames = Read(folder.FullName).Frames;
            for (int i = 0; i < plan.Kills; i++)
            {
                plan.Progress($"{kind.Name}, damage {i + 1} of {plan.Kills}");
                byte[] bytes = [.. whole];
                // The last frame says that the stream ends; the first begins it.
                int victim = 1 + random.Next(frames.Count - 2);
                int lost = Damage(bytes, frames[victim], random, i % 3, out bool isTail) ? 1 : 0;
                File.WriteAllBytes(path, isTail ? bytes[..(int)(frames[victim].Offset + 40)] : bytes);
                kind.Kills++;
                Check(kind, folder.FullName, frames, victim, lost, isTail);
                if (!isTail)
                    continue;
                // Opening cuts the torn end, and goes on.
                Journal.Open(folder.FullName).Dispose();
                Check(kind, folder.FullName, frames, victim, lost, isTail);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Write(string folder)
    {
        using Journal journal = Journal.Open(folder, new JournalOptions { FrameEvents = FrameEvents });
        JournalStream<InstructionRetired> stream = journal.OpenStream<InstructionRetired>(s_producer);
        var events = new InstructionRetired[FrameEvents];
        for (int i = 0; i < Frames; i++)
        {
            JournalLedger.Fill(1, 1, i * FrameEvents, events);
            stream.Append(
                events, new Envelope(InstructionRetired.Descriptor, s_producer, i * FrameEvents, i * FrameEvents, 0, 0, isInline: false));
        }
    }

    private static bool Damage(byte[] bytes, (long Offset, FrameHeader Header) frame, Random random, int way, out bool isTail)
    {
        isTail = way == 2;
        int length = frame.Header.HeaderLength + frame.Header.PayloadLength;
        if (way == 0)
            bytes[frame.Offset + random.Next(length)] ^= (byte)(1 << random.Next(8));
        else if (way == 1)
            bytes.AsSpan((int)frame.Offset + random.Next(length / 2), length / 2).Clear();
        return true;
    }

    private static void Check(
        ChaosKind kind, string folder, List<(long Offset, FrameHeader Header)> frames, int victim, int lost, bool isTail)
    {
        (List<(long Offset, FrameHeader Header)> found, JournalAudit audit) = Read(folder);
        IEnumerable<FrameHeader> expected = isTail
            ? frames.Take(victim).Select(static frame => frame.Header)
            : frames.Where((_, i) => i < victim || i >= victim + lost).Select(static frame => frame.Header);
        kind.Confirmed += found.Count;
        if (!expected.SequenceEqual(found.Select(static frame => frame.Header)))
            kind.Add([$"frame {frames[victim].Header.FrameNumber} was damaged, {found.Count} of {frames.Count} frames can be read"]);
        FrameHeader missing = frames[victim].Header;
        var gap = new JournalGap(missing.FirstSequence, missing.EndSequence - 1, LossCause.None);
        if (!isTail && !audit.Streams.Single().Gaps.SequenceEqual([gap]))
            kind.Add([$"frame {missing.FrameNumber} was damaged, and the audit does not name {gap}"]);
        if (audit.IsComplete)
            kind.Add([$"frame {missing.FrameNumber} was damaged, and the audit says that the journal is complete"]);
    }

    private static (List<(long Offset, FrameHeader Header)> Frames, JournalAudit Audit) Read(string folder)
    {
        var frames = new List<(long, FrameHeader)>();
        using (JournalReader reader = JournalReader.Open(folder))
        {
            while (reader.TryRead(out JournalFrame frame))
                frames.Add((frame.Position.Offset, frame.Header));
        }

        using JournalReader audited = JournalReader.Open(folder);
        return (frames, JournalAudit.Of(audited));
    }
}
