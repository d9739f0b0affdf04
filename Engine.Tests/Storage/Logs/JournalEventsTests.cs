using System.Runtime.InteropServices;
using Engine.Storage.Databases;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Storage.Logs;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Logs;

/// <summary>A journal as a log of records.</summary>
internal sealed class JournalEventsTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private JournalLogUnderTest _journal = null!;

    [SetUp]
    public void Begin() => _journal = new JournalLogUnderTest();

    [TearDown]
    public void End() => _journal.Dispose();

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3, 100, 300, Category = "Soak", Explicit = true, Reason = "Larger journals and more pages: a minute.")]
    public async Task Pages_of_any_place_filter_direction_and_size_are_those_of_a_list(int seed, int steps = 20, int pages = 30)
    {
        var random = new Random(seed);
        var time = new ManualTime(s_start);
        var expected = new List<(string Type, string Source, long Value)>();
        for (int session = 0; session < 3; session++)
        {
            _journal.Open(frameEvents: random.Next(1, 12), segmentBytes: random.Next(600, 4000), time);
            for (int i = 0; i < steps; i++)
            {
                time.Advance(TimeSpan.FromHours(1));
                string producer = random.Next(2) == 0 ? "vm" : "other";
                long[] values = [.. Enumerable.Range(0, random.Next(1, 25)).Select(_ => random.NextInt64())];
                if (random.Next(3) == 0)
                {
                    _journal.Append<Letter>([.. values.Select(static value => new Letter(value))], producer);
                    expected.AddRange(values.Select(value => ("test.letter", producer, value)));
                }
                else
                {
                    _journal.Append<Number>([.. values.Select(static value => new Number(value))], producer);
                    expected.AddRange(values.Select(value => ("test.number", producer, value)));
                }
            }

            _journal.Close();
        }

        using JournalEvents log = _journal.Read();
        List<StoredEvent> all = await ListAsync(log.ReadAsync());
        Assert.That(all.Select(static item => (item.EventType, item.Source, ValueOf(item))), Is.EqualTo(expected));
        Assert.That(all.Select(static item => item.Sequence), Is.Ordered.Ascending);
        Assert.That(all.Select(static item => item.Id).Distinct().Count(), Is.EqualTo(all.Count));
        Assert.That((await log.GetExtentAsync()).LastSequence, Is.GreaterThanOrEqualTo(all[^1].Sequence));
        for (int i = 0; i < pages; i++)
            await PageIsThatOfTheListAsync(log, all, random);
        StoredEvent one = all[random.Next(all.Count)];
        Assert.That(await log.GetAsync(one.Id), Is.EqualTo(one));
        Assert.That(await log.GetBySequenceAsync(one.Sequence), Is.EqualTo(one));
        Assert.That(await log.GetAsync(Guid.NewGuid()), Is.Null);
        Assert.That(await log.GetBySequenceAsync(all[^1].Sequence + 1), Is.Null);
        Assert.That(
            (await log.GetHistoryAsync("test.*", 7)).Select(static item => item.Id),
            Is.EqualTo(Enumerable.Reverse(all).Take(7).Select(static item => item.Id)));
    }

    private static async Task PageIsThatOfTheListAsync(JournalEvents log, List<StoredEvent> all, Random random)
    {
        EventFilter filter = new()
        {
            EventTypes = random.Next(2) == 0 ? [] : EventFilter.OfTypes(random.Next(2) == 0 ? "test.letter" : "test.*").EventTypes,
            Source = random.Next(3) == 0 ? "vm" : null,
            Key = random.Next(4) == 0 ? "vm-1" : null,
            From = random.Next(3) == 0 ? s_start.AddHours(random.Next(80)) : null,
        };
        filter = filter with { To = random.Next(3) == 0 ? (filter.From ?? s_start).AddHours(random.Next(100)) : null };
        StoredEvent[] taken = [.. all.Where(item =>
            (filter.EventTypes.Count == 0 || filter.EventTypes.Any(pattern => pattern.Matches(item.EventType)))
            && (filter.Source is null || item.Source == filter.Source) && (filter.Key is null || item.Key == filter.Key)
            && (filter.From is null || item.RecordedAt >= filter.From) && (filter.To is null || item.RecordedAt < filter.To))];
        long from = all[random.Next(all.Count)].Sequence + random.Next(-1, 2);
        bool isForward = random.Next(2) == 0;
        var got = new List<StoredEvent>();
        long next = from;
        EventPage page;
        do
        {
            page = await log.ReadPageAsync(
                next, filter, isForward ? ReadDirection.Forward : ReadDirection.Backward, limit: random.Next(1, 200));
            got.AddRange(page.Events);
            next = page.NextSequence;
            Assert.That(page.Gap, Is.Null);
        }
        while (!page.IsLast);
        IEnumerable<StoredEvent> expected = isForward
            ? taken.Where(item => item.Sequence >= from) : taken.Where(item => item.Sequence <= from).Reverse();
        Assert.That(got, Is.EqualTo(expected), $"{filter} from {from}, forward {isForward}");
    }

    [Test]
    public async Task A_damaged_frame_is_a_gap_and_the_others_are_read()
    {
        _journal.Open(frameEvents: 10, segmentBytes: 100_000);
        _journal.Append<Number>([.. Numbers(0, 100)]);
        _journal.Close();
        string segment = Directory.GetFiles(_journal.Path, "*.seg").Single();
        JournalPosition third;
        using (JournalReader reader = JournalReader.Open(_journal.Path))
            third = reader.FindSequence(LastSession(reader), "test.number", 1 + 'p', 25)!.Value;
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[third.Offset + 200] ^= 1;
        File.WriteAllBytes(segment, bytes);

        using JournalEvents log = _journal.Read();
        var seen = new List<long>();
        ReplayReport report = await log.ReplayAsync(new EventFilter(), Into(seen));
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 20).Concat(Enumerable.Range(30, 70))));
        Assert.That(report.Gaps, Is.EqualTo(new[] { new SequenceGap(3 << 20, (4 << 20) - 1) }));
        Assert.That((report.IsComplete, report.Gap), Is.EqualTo((true, (SequenceGap?)report.Gaps[0])));
        Assert.That((await log.GetHistoryAsync("**", 80)).Select(ValueOf), Is.EqualTo(seen.AsEnumerable().Reverse().Take(80)));
    }

    [Test]
    public async Task What_a_ring_lost_and_what_was_deleted_is_told()
    {
        _journal.Open(frameEvents: 10, segmentBytes: 700);
        _journal.Append<Number>([.. Numbers(0, 100)]);
        _journal.Lose<Number>(5);
        _journal.Append<Number>([.. Numbers(105, 10)]);
        JournalTrimReport trimmed = _journal.Journal.Trim(new JournalRetention { BeforeSegment = 3 });
        Assert.That(trimmed.Segments, Is.GreaterThan(0));

        using JournalEvents log = _journal.Read();
        var seen = new List<long>();
        ReplayReport report = await log.ReplayAsync(new EventFilter(), Into(seen));
        Assert.That(report.LostCount, Is.EqualTo(5));
        Assert.That(report.Gaps.Single().From, Is.EqualTo(1 << 20));
        Assert.That(seen, Is.EqualTo(Enumerable.Range((int)seen[0], 100 - (int)seen[0]).Concat(Enumerable.Range(105, 10))));
        EventPage last = await log.ReadPageAsync((await log.GetExtentAsync()).LastSequence - 9);
        Assert.That(last.Losses.Single(), Is.EqualTo(new EventLoss("test.number", "p", 100, 5, last.Events[0].Sequence)));
    }

    [Test]
    public async Task A_range_can_be_named_by_place_by_time_and_by_instruction_count()
    {
        var time = new ManualTime(s_start);
        _journal.Open(frameEvents: 10, segmentBytes: 100_000, time);
        for (int i = 0; i < 10; i++)
        {
            _journal.Append<Number>([.. Numbers(i * 10, 10)]);
            time.Advance(TimeSpan.FromHours(1));
        }

        using JournalEvents log = _journal.Read();
        List<StoredEvent> all = await ListAsync(log.ReadAsync());
        var byPlace = new List<long>();
        await log.ReplayAsync(
            new EventFilter(), Into(byPlace), new ReplayOptions { FromSequence = all[13].Sequence, ToSequence = all[47].Sequence });
        Assert.That(byPlace, Is.EqualTo(Enumerable.Range(13, 34)));
        var byTime = new List<long>();
        await log.ReplayAsync("test.*", s_start.AddHours(2), s_start.AddHours(4), Into(byTime));
        Assert.That(byTime, Is.EqualTo(Enumerable.Range(20, 20)));
        long start = (await log.FindInstructionCountAsync("test.number", 300))!.Value;
        var byCount = new List<long>();
        await log.ReplayAsync(new EventFilter(), Into(byCount), new ReplayOptions { FromSequence = start });
        Assert.That(byCount, Is.EqualTo(Enumerable.Range(30, 70)), "the frame that was published at 10 instructions an event");
        Assert.That(await log.FindInstructionCountAsync("test.number", 10_000), Is.Null);
        Assert.That(await log.FindInstructionCountAsync("test.letter", 0), Is.Null);
    }

    [Test]
    public async Task A_type_that_is_not_known_is_an_error_where_it_is_asked_for_and_no_other()
    {
        _journal.Open();
        _journal.Append<Number>([.. Numbers(0, 3)]);
        _journal.Append<Letter>([new Letter(1)]);
        using JournalEvents log = _journal.Read(new JournalEventTypes().Add<Number>());
        StorageException error = Assert.ThrowsAsync<StorageException>(async () => await log.ReadPageAsync(1))!;
        Assert.That(error.Message, Does.Contain("\"test.letter\"").And.Contain("add their type"));
        Assert.That((await log.ReadPageAsync(1, EventFilter.OfTypes("test.number"))).Events, Has.Count.EqualTo(3), "and it goes on");
        Assert.Throws<ArgumentException>(() => new JournalEventTypes().Add<Number>().Add<Number>());
        Assert.Throws<DirectoryNotFoundException>(() => JournalEvents.Open(_journal.PathOf("none"), JournalLogUnderTest.Types));
        Assert.Throws<ArgumentOutOfRangeException>(() => JournalEvents.Open(
            _journal.Path, JournalLogUnderTest.Types, new JournalEventsOptions { PollInterval = TimeSpan.Zero }));
        Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.ReadPageAsync(1, limit: 0));
    }

    [Test]
    public async Task What_is_being_written_does_not_count_before_it_is_whole()
    {
        _journal.Open(frameEvents: 10, segmentBytes: 100_000);
        _journal.Append<Number>([.. Numbers(0, 20)]);
        _journal.Close();
        string segment = Directory.GetFiles(_journal.Path, "*.seg").Single();
        byte[] whole = File.ReadAllBytes(segment);
        File.WriteAllBytes(segment, whole[..^200]);
        using JournalEvents log = _journal.Read();
        EventPage before = await log.ReadPageAsync(1);
        File.WriteAllBytes(segment, whole);
        EventPage after = await log.ReadPageAsync(before.NextSequence);
        Assert.That(before.Events.Concat(after.Events).Select(ValueOf), Is.EqualTo(Enumerable.Range(0, 20)));
        Assert.That((before.Events.Count < 20, before.Gap, after.Gap), Is.EqualTo((true, (SequenceGap?)null, (SequenceGap?)null)));
    }

    [Test]
    public async Task Places_belong_to_one_journal()
    {
        _journal.Open();
        using (JournalEvents log = _journal.Read())
        {
            string[] epochs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                using JournalEvents other = _journal.Read();
                return (await other.GetExtentAsync()).Epoch;
            })));
            Assert.That(epochs.Distinct().ToArray(), Is.EqualTo(new[] { (await log.GetExtentAsync()).Epoch }));
            Assert.That(Directory.GetFiles(_journal.Path, "journal.epoch*"), Has.Length.EqualTo(1));
        }

        File.WriteAllText(Path.Combine(_journal.Path, "journal.epoch"), "x");
        using JournalEvents broken = _journal.Read();
        Assert.ThrowsAsync<StorageException>(async () => await broken.GetExtentAsync());
    }

    internal static IEnumerable<Number> Numbers(int first, int count) =>
        Enumerable.Range(first, count).Select(static value => new Number(value));

    internal static long ValueOf(StoredEvent item) => MemoryMarshal.Read<long>(item.Data.Span);

    private static ReplayTarget Into(List<long> seen) => ReplayTarget.To((item, _) =>
    {
        seen.Add(ValueOf(item));
        return ValueTask.CompletedTask;
    });

    private static long LastSession(JournalReader reader)
    {
        long session = 0;
        while (reader.TryReadHeader(out FrameHeader? header))
            session = header.Stream.Session;
        return session;
    }

    private static async Task<List<StoredEvent>> ListAsync(IAsyncEnumerable<StoredEvent> events)
    {
        var list = new List<StoredEvent>();
        await foreach (StoredEvent item in events)
            list.Add(item);
        return list;
    }
}
