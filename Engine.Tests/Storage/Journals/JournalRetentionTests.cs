using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Journals;

/// <summary>What is deleted from the beginning of a journal, and what is not.</summary>
internal sealed class JournalRetentionTests
{
    private const int PerSession = 500;

    [Test]
    public void What_is_deleted_is_named_and_is_no_gap()
    {
        using JournalFolderUnderTest folder = Recorded(4);
        using (Journal journal = Journal.Open(folder.Path))
        {
            JournalTrimReport report = journal.Trim(new JournalRetention { BeforeSegment = 3 });
            // Frames of 100 and one that ends the stream.
            Assert.That((report.Segments, report.Frames, report.Events), Is.EqualTo((2, 12L, 2L * PerSession)));
            Assert.That(report.Bytes, Is.GreaterThan(0));
        }

        Assert.That(folder.SegmentPaths.Count(), Is.EqualTo(2));
        JournalAudit audit = folder.Audit();
        Assert.That(audit.IsComplete, Is.True);
        Assert.That((audit.DeletedFrames, audit.MissingFrames), Is.EqualTo((12L, 0L)));
        Assert.That(folder.Values(), Has.Count.EqualTo(2 * PerSession));
        folder.Record(PerSession);
        Assert.That(folder.Audit().IsComplete, Is.True);
    }

    [Test]
    public void Of_a_stream_that_goes_on_the_audit_names_the_events_that_were_deleted()
    {
        using var folder = new JournalFolderUnderTest();
        // Ten frames in segments of about three, in one session.
        folder.RecordInSmallSegments(1_000, frameEvents: 100, frames: 3);
        List<(JournalPosition Position, FrameHeader Header)> frames = folder.Frames();
        FrameHeader firstLeft = frames.First(static frame => frame.Position.Segment == 3).Header;
        using (Journal journal = Journal.Open(folder.Path))
        {
            journal.Trim(new JournalRetention { BeforeSegment = 2 });
            // The second time adds to the first.
            journal.Trim(new JournalRetention { BeforeSegment = 3 });
        }

        JournalAudit audit = folder.Audit();
        JournalStreamAudit stream = audit.Streams.Single();
        Assert.That(stream.Deleted, Is.EqualTo(new JournalGap(0, firstLeft.FirstSequence - 1, LossCause.Deleted)));
        Assert.That((stream.FirstSequence, stream.Gaps.Count, audit.IsComplete), Is.EqualTo((firstLeft.FirstSequence, 0, true)));
        File.Delete(folder.SegmentPaths.First());
        Assert.That(folder.Audit().IsComplete, Is.False, "what somebody else took away is missing");
        Assert.That(folder.Audit().MissingFrames, Is.GreaterThan(0));
    }

    [Test]
    public void Empty_segments_make_nobody_forget_what_was_deleted()
    {
        using JournalFolderUnderTest folder = Recorded(1);
        using (Journal journal = Journal.Open(folder.Path))
            Assert.That(journal.Trim(new JournalRetention { BeforeSegment = 2 }).Segments, Is.Zero, "it has the last frame");
        // As a writer leaves it that is killed before its first frame.
        File.WriteAllBytes(Path.Combine(folder.Path, "journal-0000000002.seg"), []);
        File.WriteAllBytes(Path.Combine(folder.Path, "journal-0000000003.seg"), []);
        folder.Record(PerSession);
        using (Journal journal = Journal.Open(folder.Path))
        {
            Assert.That(journal.Trim(new JournalRetention { BeforeSegment = 2 }).Frames, Is.EqualTo(6));
            Assert.That(journal.Trim(new JournalRetention { BeforeSegment = 3 }).Segments, Is.EqualTo(1));
        }

        JournalAudit audit = folder.Audit();
        Assert.That((audit.DeletedFrames, audit.MissingFrames, audit.IsComplete), Is.EqualTo((6L, 0L, true)));
    }

    [Test]
    public void A_bookmark_protects_what_its_reader_has_not_read()
    {
        using JournalFolderUnderTest folder = Recorded(4);
        JournalBookmark.Save(folder.Path, "slow", new JournalPosition(2, 0));
        JournalBookmark.Save(folder.Path, "quick", new JournalPosition(4, 8));
        Assert.That(JournalBookmark.Find(folder.Path, "quick"), Is.EqualTo(new JournalPosition(4, 8)));
        using Journal journal = Journal.Open(folder.Path);
        var all = new JournalRetention { MaxBytes = 0 };
        JournalTrimReport report = journal.Trim(all);
        Assert.That((report.Segments, report.ProtectedBy), Is.EqualTo((1, "slow")));
        JournalBookmark.Remove(folder.Path, "slow");
        report = journal.Trim(all);
        Assert.That((report.Segments, report.ProtectedBy), Is.EqualTo((2, default(string))), "the last frame stays in any case");
        File.WriteAllBytes(Path.Combine(folder.Path, "quick.bookmark"), [1, 2, 3]);
        Assert.That(JournalBookmark.Find(folder.Path, "quick"), Is.Null);
        Assert.That(() => JournalBookmark.Find(folder.Path, "../a"), Throws.ArgumentException.With.Message.Contains("../a"));
    }

    [Test]
    public void Age_and_size_and_what_is_kept_are_limits()
    {
        using JournalFolderUnderTest folder = Recorded(5);
        long[] lengths = [.. folder.SegmentPaths.Select(static path => new FileInfo(path).Length)];
        var time = new ManualTime(DateTimeOffset.UtcNow + TimeSpan.FromDays(1));
        using Journal journal = Journal.Open(folder.Path, new JournalOptions { TimeProvider = time });
        Assert.That(journal.Trim(new JournalRetention()).Segments, Is.Zero);
        Assert.That(journal.Trim(new JournalRetention { MaxAge = TimeSpan.FromDays(2) }).Segments, Is.Zero);
        Assert.That(journal.Trim(new JournalRetention { MaxBytes = lengths.Sum() }).Segments, Is.Zero);
        Assert.That(journal.Trim(new JournalRetention { MaxBytes = lengths.Sum() - 1 }).Segments, Is.EqualTo(1));
        Assert.That(
            journal.Trim(new JournalRetention { MaxAge = TimeSpan.FromHours(1), KeepFromSegment = 3 }).Segments, Is.EqualTo(1));
        Assert.That(journal.Trim(new JournalRetention { MaxAge = TimeSpan.FromHours(1) }).Segments, Is.EqualTo(2));
        Assert.That(
            () => journal.Trim(new JournalRetention { MaxBytes = -1 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxBytes"));
        journal.Close();
        Assert.That(() => journal.Trim(new JournalRetention()), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_retention_of_the_options_is_kept_while_segments_are_begun()
    {
        using var folder = new JournalFolderUnderTest();
        folder.RecordInSmallSegments(
            20_000, frameEvents: 100, frames: 3, retention: new JournalRetention { MaxBytes = 40_000 },
            until: () => folder.Audit().DeletedFrames > 0);
        JournalAudit audit = folder.Audit();
        Assert.That(audit.IsComplete, Is.True);
        Assert.That(audit.Streams.Single().Deleted!.Value.LastSequence + 1, Is.EqualTo(audit.Streams.Single().FirstSequence));
    }

    [Test]
    public void A_reader_goes_on_behind_segments_that_are_deleted_under_it()
    {
        using JournalFolderUnderTest folder = Recorded(4);
        using JournalReader reader = JournalReader.Open(folder.Path);
        Assert.That(reader.TryRead(out _), Is.True);
        using (Journal journal = Journal.Open(folder.Path))
            journal.Trim(new JournalRetention { BeforeSegment = 3 });
        int frames = 1;
        while (reader.TryRead(out _))
            frames++;
        // The first segment was open already.
        Assert.That(frames, Is.EqualTo(6 + 6 + 6));
        Assert.That(reader.FindTime(DateTimeOffset.UnixEpoch), Is.EqualTo(new JournalPosition(3, 0)));
    }

    private static JournalFolderUnderTest Recorded(int sessions)
    {
        var folder = new JournalFolderUnderTest();
        for (int i = 0; i < sessions; i++)
            folder.Record(PerSession);
        return folder;
    }
}
