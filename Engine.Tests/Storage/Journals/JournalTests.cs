using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Ring;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Journals;

internal sealed class JournalTests
{
    [Test]
    public void Events_come_back_as_they_were_and_the_audit_proves_it()
    {
        using var folder = new JournalFolderUnderTest();
        JournalCloseReport report = folder.Record(10_050);
        Assert.That(report.IsComplete, Is.True, report.Error?.Message);
        Assert.That(report.Statistics.Recorded, Is.EqualTo(10_050));
        Assert.That(folder.Values(), Is.EqualTo(Enumerable.Range(0, 10_050)));
        JournalAudit audit = folder.Audit();
        Assert.That(audit.IsComplete, Is.True);
        JournalStreamAudit stream = audit.Streams.Single();
        Assert.That(stream.Stream.EventType, Is.EqualTo("test.number"));
        Assert.That(stream.Stream.Layout, Is.EqualTo("Value:i64@0,Source:i32@8"));
        Assert.That(stream.Stream.ProducerName, Is.EqualTo("numbers"));
        Assert.That((stream.FirstSequence, stream.EndSequence, stream.EventCount), Is.EqualTo((0L, 10_050L, 10_050L)));
    }

    [Test]
    public void A_second_opening_goes_on_in_a_session_of_its_own()
    {
        using var folder = new JournalFolderUnderTest();
        folder.Record(250);
        folder.Record(50);
        JournalAudit audit = folder.Audit();
        Assert.That(audit.IsComplete, Is.True);
        Assert.That(audit.Streams.Select(static stream => stream.EventCount), Is.EqualTo(new[] { 250L, 50L }));
        Assert.That(audit.Streams.Select(static stream => stream.Stream.Session), Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public void One_writer_at_a_time()
    {
        using var folder = new JournalFolderUnderTest();
        using (Journal.Open(folder.Path))
            Assert.That(() => Journal.Open(folder.Path), Throws.InstanceOf<IOException>().With.Message.Contains("another process"));
        Assert.That(() => Journal.Open(folder.Path).Dispose(), Throws.Nothing);
    }

    [Test]
    public void What_is_flushed_is_durable_and_readable_while_the_writer_goes_on()
    {
        using var folder = new JournalFolderUnderTest();
        using Journal journal = Journal.Open(folder.Path, new JournalOptions { MaxDelay = TimeSpan.FromMinutes(1) });
        int producerId = RecordNumbers(journal, 100);
        Assert.That(journal.Flush(Eventually.HangGuard), Is.True);
        Assert.That(journal.DurableEndOf("test.number", producerId), Is.EqualTo(100));
        Assert.That(folder.Values(), Is.EqualTo(Enumerable.Range(0, 100)));
        Assert.That(folder.Audit().Streams.Single().IsEnded, Is.False);
    }

    [Test]
    public void Frames_that_are_full_are_written_although_nobody_asks()
    {
        using var folder = new JournalFolderUnderTest();
        var options = new JournalOptions { MaxDelay = TimeSpan.FromMinutes(1), FrameEvents = 10 };
        using Journal journal = Journal.Open(folder.Path, options);
        RecordNumbers(journal, 105);
        Eventually.IsTrue(() => journal.GetStatistics().PendingBytes == 0);
        Assert.That(folder.Values(), Is.EqualTo(Enumerable.Range(0, 100)));
    }

    [Test]
    public void What_rings_and_the_journal_lose_is_named_and_the_ledger_is_exact([Values] bool dropsOldest)
    {
        using var folder = new JournalFolderUnderTest();
        const int Count = 400_000;
        JournalCloseReport report;
        RingLedger ledger;
        using (Journal journal = Journal.Open(folder.Path, new JournalOptions
        {
            MaxPendingBytes = 1 << 20,
            OverflowPolicy = OverflowPolicy.DropIncoming,
        }))
        {
            EventEngine engine = Engines.Build(64, dropsOldest ? OverflowPolicy.DropOldest : OverflowPolicy.DropIncoming);
            journal.Record<Number>(engine);
            engine.Start();
            using (EventProducer producer = engine.CreateProducer("numbers"))
            {
                EventLane<Number> lane = producer.GetLane<Number>();
                for (int i = 0; i < Count; i++)
                    lane.Publish(new Number(i));
            }

            engine.StopDrained();
            ledger = engine.LedgerOf<Number>();
            report = journal.Close();
        }

        JournalStatistics statistics = report.Statistics;
        JournalStreamAudit stream = folder.Audit().Streams.Single();
        Assert.That(statistics.Recorded + statistics.LostInRings + statistics.Dropped, Is.EqualTo(ledger.Published));
        Assert.That(stream.EventCount, Is.EqualTo(statistics.Recorded));
        Assert.That(stream.Gaps.Sum(static gap => gap.Count), Is.EqualTo(statistics.LostInRings + statistics.Dropped));
        Assert.That(stream.Gaps.Select(static gap => gap.Cause), Has.None.EqualTo(LossCause.None));
        Assert.That(stream.IsEnded, Is.True);
        Assert.That(folder.Values(), Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public void Places_are_found_by_sequence_instruction_count_and_time()
    {
        using var folder = new JournalFolderUnderTest();
        // Raw frames that are too large to be compressed, so that there are several segments.
        folder.Record(500_000, frameEvents: 8192);
        Assert.That(folder.SegmentPaths.Count(), Is.GreaterThan(5));
        List<(JournalPosition Position, FrameHeader Header)> frames = folder.Frames();
        FrameStream stream = frames[0].Header.Stream;
        using JournalReader reader = JournalReader.Open(folder.Path);
        foreach (long sequence in (long[])[0, 1, 8191, 8192, 123_456, 499_999])
        {
            JournalPosition? found = reader.FindSequence(stream.Session, stream.EventType, stream.ProducerId, sequence);
            Assert.That(found, Is.EqualTo(frames.First(frame => frame.Header.EndSequence > sequence).Position), $"sequence {sequence}");
            Assert.That(folder.Values(found)[(int)(sequence % 8192)], Is.EqualTo(sequence));
        }

        Assert.That(reader.FindSequence(stream.Session, stream.EventType, stream.ProducerId, 500_000), Is.Null);
        Assert.That(
            reader.FindInstructionCount(stream.Session, stream.EventType, stream.ProducerId, 2_000_000),
            Is.EqualTo(frames.First(static frame => frame.Header.LastInstructionCount >= 2_000_000).Position));
        DateTimeOffset time = frames[40].Header.Time;
        Assert.That(reader.FindTime(time), Is.EqualTo(frames.First(frame => frame.Header.Time >= time).Position));
    }

    [Test]
    public void A_codec_that_throws_loses_its_events_by_name_and_the_next_ones_are_recorded()
    {
        using var folder = new JournalFolderUnderTest();
        var options = new JournalOptions { FrameEvents = 10 };
        options.Codecs.Use(new FailingCodec());
        using Journal journal = Journal.Open(folder.Path, options);
        RecordNumbers(journal, 100, static i => i == 42 ? FailingCodec.Bad : i);
        JournalStatistics statistics = journal.Close().Statistics;
        JournalStreamAudit stream = folder.Audit().Streams.Single();
        Assert.That(statistics.Dropped, Is.Positive);
        Assert.That(statistics.Recorded + statistics.Dropped, Is.EqualTo(100));
        Assert.That(stream.EventCount, Is.EqualTo(statistics.Recorded));
        Assert.That(stream.Gaps.Sum(static gap => gap.Count), Is.EqualTo(statistics.Dropped));
        Assert.That(stream.Gaps.Select(static gap => gap.Cause), Is.All.EqualTo(LossCause.JournalDropped));
        // Each value is its own sequence: no frame has got another one's.
        foreach ((JournalPosition position, FrameHeader header) in folder.Frames().Where(static frame => frame.Header.Count > 0))
            Assert.That(folder.Values(position, options.Codecs)[0], Is.EqualTo(header.FirstSequence));
    }

    [TestCase("CreateEncoder")]
    [TestCase("Begin")]
    [TestCase("Encode")]
    [TestCase("End")]
    [TestCase("MaxLength")]
    [TestCase("TooLong")]
    [TestCase("Negative")]
    public void Wherever_a_codec_fails_no_event_is_lost_without_a_name_and_the_journal_closes(string where)
    {
        using var folder = new JournalFolderUnderTest();
        var told = new List<string>();
        var options = new JournalOptions { FrameEvents = 10, OnError = error => told.Add(error.Message) };
        options.Codecs.Use(new FailingCodec { Where = where });
        using Journal journal = Journal.Open(folder.Path, options);
        RecordNumbers(journal, 100);
        Assert.That(journal.Flush(Eventually.HangGuard), Is.True);
        JournalCloseReport report = journal.Close();
        Assert.That((report.IsComplete, report.Statistics.Recorded, report.Statistics.Dropped), Is.EqualTo((true, 0L, 100L)));
        Assert.That(folder.Audit().Streams.Single().Gaps.Select(static gap => (gap.FirstSequence, gap.Count, gap.Cause)),
            Is.EqualTo(new[] { (0L, 100L, LossCause.JournalDropped) }));
        Assert.That(told, where == "End" ? Is.Not.Empty.And.All.EqualTo("a codec that throws") : Is.Empty, "others are handler errors");
    }

    [Test]
    public void Closing_ends_in_its_time_while_a_dispatcher_waits_for_a_disk_that_takes_nothing()
    {
        using var folder = new JournalFolderUnderTest();
        var options = new JournalOptions { MaxPendingBytes = 1 << 20, CloseTimeout = TimeSpan.FromMilliseconds(200) };
        using Journal journal = Journal.Open(folder.Path, options);
        // No segment can be made any more.
        string moved = folder.Path + "-moved";
        Directory.Move(folder.Path, moved);
        EventEngine engine = Engines.Build();
        journal.Record<Number>(engine);
        engine.Start();
        EventProducer producer = engine.CreateProducer("numbers");
        var publisher = new Thread(() =>
        {
            for (int i = 0; i < 400_000; i++)
                producer.GetLane<Number>().Publish(new Number(i));
            producer.Dispose();
        });
        publisher.Start();
        Eventually.IsTrue(() => journal.GetStatistics().PendingBytes >= options.MaxPendingBytes);
        JournalCloseReport report = Eventually.Result(Task.Run(journal.Close));
        Assert.That(report.IsComplete, Is.False);
        Assert.That(report.Error, Is.InstanceOf<IOException>());
        publisher.Join();
        engine.StopDrained();
        Directory.Delete(moved, recursive: true);
    }

    /// <summary>Records numbers from 0 on, or what a function makes of them, and leaves the journal open.</summary>
    /// <returns>The number of their producer.</returns>
    private static int RecordNumbers(Journal journal, int count, Func<int, int>? value = null)
    {
        EventEngine engine = Engines.Build();
        journal.Record<Number>(engine);
        engine.Start();
        EventProducer producer = engine.CreateProducer("numbers");
        for (int i = 0; i < count; i++)
            producer.GetLane<Number>().Publish(new Number(value?.Invoke(i) ?? i));
        producer.Dispose();
        engine.StopDrained();
        return producer.Info.Id;
    }

    private sealed class FailingCodec : Engine.Storage.Codecs.IJournalCodec<Number>, Engine.Storage.Codecs.IJournalEncoder<Number>
    {
        public const int Bad = -1;

        /// <summary>The member that fails always.</summary>
        public string Where { get; init; } = "";

        public int Id => 300;

        public int MaxLength(int count) => Checked(16 * count);

        public Engine.Storage.Codecs.IJournalEncoder<Number> CreateEncoder() => Checked(this);

        public void Begin() => Checked(0);

        public int Encode(ReadOnlySpan<Number> events, Span<byte> target)
        {
            foreach (Number number in events)
            {
                if (number.Value == Bad)
                    throw new InvalidOperationException("a codec that throws");
            }

            System.Runtime.InteropServices.MemoryMarshal.AsBytes(events).CopyTo(target);
            return Where == "TooLong" ? int.MaxValue : Where == "Negative" ? -1 : Checked(16 * events.Length);
        }

        public int End(Span<byte> target) => Checked(0);

        private TValue Checked<TValue>(TValue value, [System.Runtime.CompilerServices.CallerMemberName] string member = "") =>
            member == Where ? throw new InvalidOperationException("a codec that throws") : value;

        public void Decode(ReadOnlySpan<byte> encoded, Span<Number> events) =>
            encoded.CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(events));
    }

    [Test]
    public void Options_out_of_range_are_refused_by_name()
    {
        using var folder = new JournalFolderUnderTest();
        (JournalOptions Options, string Name)[] wrong =
        [
            (new() { SegmentBytes = 1 }, nameof(JournalOptions.SegmentBytes)),
            (new() { FrameEvents = 0 }, nameof(JournalOptions.FrameEvents)),
            (new() { MaxDelay = TimeSpan.Zero }, nameof(JournalOptions.MaxDelay)),
            (new() { MaxPendingBytes = 0 }, nameof(JournalOptions.MaxPendingBytes)),
            (new() { OverflowPolicy = OverflowPolicy.Fail }, nameof(JournalOptions.OverflowPolicy)),
            (new() { StallBudget = TimeSpan.MaxValue }, nameof(JournalOptions.StallBudget)),
            (new() { CloseTimeout = TimeSpan.FromDays(2) }, nameof(JournalOptions.CloseTimeout)),
        ];
        foreach ((JournalOptions options, string name) in wrong)
        {
            Assert.That(
                () => Journal.Open(folder.Path, options),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo(name));
        }
    }
}
