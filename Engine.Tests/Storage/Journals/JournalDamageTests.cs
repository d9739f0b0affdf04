using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Tests.Storage.Journals;

/// <summary>What is left of a journal after bytes were changed or cut off.</summary>
internal sealed class JournalDamageTests
{
    [Test]
    public void A_flipped_byte_loses_exactly_one_frame_and_the_audit_names_it([Range(0, 9)] int seed)
    {
        using var folder = new JournalFolderUnderTest();
        folder.Record(2_000);
        List<(JournalPosition Position, FrameHeader Header)> frames = folder.Frames();
        var random = new Random(seed);
        (JournalPosition position, FrameHeader header) = frames[random.Next(frames.Count - 1)];
        // The padding behind a payload is not part of the frame's meaning.
        long at = position.Offset + random.Next(header.HeaderLength + header.PayloadLength);
        Change(folder, bytes => bytes[at] ^= (byte)(1 << random.Next(8)));

        IEnumerable<long> lost = Enumerable.Range((int)header.FirstSequence, header.Count).Select(static i => (long)i);
        Assert.That(folder.Values(), Is.EqualTo(Enumerable.Range(0, 2_000).Select(static i => (long)i).Except(lost)));
        JournalAudit audit = folder.Audit();
        Assert.That(audit.IsComplete, Is.False);
        Assert.That(audit.Damages, Has.Count.EqualTo(1));
        Assert.That(audit.MissingFrames, Is.EqualTo(1));
        if (header.FrameNumber > 1)
        {
            Assert.That(
                audit.Streams.Single().Gaps,
                Is.EqualTo(new[] { new JournalGap(header.FirstSequence, header.EndSequence - 1, LossCause.None) }));
        }
    }

    [Test]
    public void A_torn_end_is_cut_at_the_last_good_frame_wherever_it_is_torn()
    {
        using var folder = new JournalFolderUnderTest();
        folder.Record(500);
        byte[] whole = File.ReadAllBytes(folder.SegmentPaths.Single());
        List<(JournalPosition Position, FrameHeader Header)> frames = folder.Frames();
        var random = new Random(3);
        for (int round = 0; round < 150; round++)
        {
            int length = random.Next(whole.Length + 1);
            // What was reserved behind it and never written is zeros.
            byte[] torn = new byte[random.Next(2) == 0 ? length : length + 4096];
            whole.AsSpan(0, length).CopyTo(torn);
            File.WriteAllBytes(folder.SegmentPaths.First(), torn);
            List<(JournalPosition Position, FrameHeader Header)> good =
                [.. frames.Where(frame => frame.Position.Offset + frame.Header.HeaderLength + frame.Header.PayloadLength <= length)];
            using (Journal journal = Journal.Open(folder.Path))
            {
                Assert.That(journal.Recovery.LastFrameNumber, Is.EqualTo(good.Count), $"cut at {length}");
                Assert.That(journal.Recovery.DamagedRanges, Is.Zero);
            }

            long end = good.Count == 0 ? 0 : good[^1].Position.Offset + good[^1].Header.FrameLength;
            Assert.That(new FileInfo(folder.SegmentPaths.First()).Length, Is.LessThanOrEqualTo(Math.Max(end, length)));
            Assert.That(folder.Values(), Is.EqualTo(Enumerable.Range(0, good.Sum(static frame => frame.Header.Count))));
        }
    }

    [Test]
    public void Good_frames_behind_a_hole_are_kept_when_the_journal_is_opened_again([Values] bool hasMark)
    {
        using var folder = new JournalFolderUnderTest();
        folder.Record(2_000);
        List<(JournalPosition Position, FrameHeader Header)> frames = folder.Frames();
        (JournalPosition first, _) = frames[5];
        (JournalPosition end, FrameHeader next) = frames[8];
        Change(folder, bytes => bytes.AsSpan((int)first.Offset, (int)(end.Offset - first.Offset)).Fill(0x5A));
        // Without it the opening reads all of the last segment; with it, it knows what was durable, and the audit finds the hole.
        if (!hasMark)
            File.Delete(Path.Combine(folder.Path, JournalMark.Name));
        using (Journal journal = Journal.Open(folder.Path))
        {
            Assert.That(journal.Recovery.DamagedRanges, Is.EqualTo(hasMark ? 0 : 1));
            Assert.That(journal.Recovery.LastFrameNumber, Is.EqualTo(frames.Count));
        }

        Assert.That(
            folder.Audit().Streams.Single().Gaps, Is.EqualTo(new[] { new JournalGap(500, next.FirstSequence - 1, LossCause.None) }));
        Assert.That(folder.Values(), Has.Count.EqualTo(2_000 - 300));
    }

    [Test]
    public void Random_bytes_are_never_more_than_damage()
    {
        using var folder = new JournalFolderUnderTest();
        folder.Record(300);
        byte[] whole = File.ReadAllBytes(folder.SegmentPaths.Single());
        var random = new Random(11);
        for (int round = 0; round < 200; round++)
        {
            byte[] broken = [.. whole];
            for (int i = random.Next(1, 20); i > 0; i--)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder.SegmentPaths.Single(), broken);
            Assert.That(folder.Values(), Is.SubsetOf(Enumerable.Range(0, 300).Select(static i => (long)i)));
            Assert.That(() => folder.Audit(), Throws.Nothing);
        }
    }

    private static void Change(JournalFolderUnderTest folder, Action<byte[]> change)
    {
        string path = folder.SegmentPaths.Single();
        byte[] bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }
}
