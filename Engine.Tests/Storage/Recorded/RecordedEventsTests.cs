using Engine.Bus;
using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Storage.Recorded;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;
using Engine.Tests.Storage.Logs;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Recorded;

/// <summary>Frames of journals, delivered to the handlers of an engine.</summary>
[TestFixture]
internal sealed class RecordedEventsTests
{
    private JournalLogUnderTest _journal = null!;

    [SetUp]
    public void Begin() => _journal = new JournalLogUnderTest();

    [TearDown]
    public void End() => _journal.Dispose();

    [Test]
    public void The_same_handler_with_the_same_options_gets_from_frames_what_it_got_from_the_engine()
    {
        var options = new SubscriptionOptions<Number>
        {
            Filter = EventFilter.FromVm<Number>("vm-1"),
            Where = static number => number.Value % 3 != 0,
        };
        var live = new Seen();
        using var folder = new TemporaryFolder();
        using (Journal journal = Journal.Open(folder.PathOf("journal"), new JournalOptions { FrameEvents = 7 }))
        {
            EventEngine engine = Engines.Build(capacity: 1024);
            journal.Record<Number>(engine);
            engine.Subscribe(live, options);
            engine.Start();
            using (EventProducer one = engine.CreateProducer("one", "vm-1"))
            using (EventProducer other = engine.CreateProducer("other", "vm-2"))
            {
                for (int i = 0; i < 200; i++)
                    (i % 5 == 0 ? other : one).GetLane<Number>().Publish(new Number(i));
            }

            engine.StopDrained();
            Assert.That(journal.Close().IsComplete);
        }

        var recorded = new Seen();
        RecordedEvents events = new RecordedEvents().Add<Number>();
        using Subscription subscription = events.Subscribe(recorded, options);
        foreach (FrameOutcome outcome in DeliverAll(events, folder.PathOf("journal")))
            Assert.That(outcome, Is.AnyOf(FrameOutcome.Delivered, FrameOutcome.NoEvents));
        Assert.That(recorded.Events, Is.EqualTo(live.Events).And.Not.Empty);
        Assert.That(recorded.Producers, Is.EqualTo(new[] { "host/one" }));
        Assert.That(subscription.DeliveredCount, Is.EqualTo(live.Events.Count));
        Assert.That(events.GetCounts(), Is.EqualTo(new[] { new RecordedCount("test.number", 200, 0, 0, 0, 0) }));
    }

    [Test]
    public void Older_versions_come_as_the_newest_and_what_cannot_be_upcast_is_told()
    {
        _journal.Open();
        _journal.Append<GaugeAsItWas>([new GaugeAsItWas(21, 0), new GaugeAsItWas(-300, 0), new GaugeAsItWas(22, 0)]);
        _journal.Close();
        _journal.Open();
        _journal.Append<GaugeReadV1>([new GaugeReadV1(23, 0)]);
        _journal.Append<GaugeRead>([new GaugeRead(24_500, 3)]);
        _journal.Close();
        EventTransform<GaugeReadV1, GaugeRead> upcast = JournalLogUnderTest.Versions.GetUpcaster<GaugeReadV1, GaugeRead>();
        RecordedEvents events = new RecordedEvents().Add<GaugeRead>().AddOlder(
            (in GaugeReadV1 old) => old.Celsius < -273 ? throw new InvalidDataException("colder than cold") : upcast(old));
        var seen = new List<long>();
        var lost = new List<(long, long)>();
        ((IEventSource)events).Observe<GaugeRead>(
            (gauges, in _) =>
            {
                foreach (GaugeRead gauge in gauges)
                    seen.Add(gauge.MilliCelsius);
            },
            new SubscriptionOptions<GaugeRead>
            {
                Filter = EventFilter.Where<GaugeRead>(static gauge => gauge.MilliCelsius != 22_000),
                OnLost = (in notice) => lost.Add((notice.FirstSequence, notice.LastSequence)),
            });
        DeliverAll(events, _journal.Path);
        Assert.That(seen, Is.EqualTo(new long[] { 21_000, 23_000, 24_500 }));
        Assert.That(lost, Is.EqualTo(new[] { (1L, 1L) }));
        Assert.That(events.GetCounts(), Is.EqualTo(new[] { new RecordedCount("gauge.read", 4, 0, 0, 1, 0) }));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4, 2_000, Category = "Soak", Explicit = true, Reason = "More frames: a minute.")]
    public void Each_sequence_is_delivered_once_or_lost_by_name_whatever_is_missing_and_comes_twice(int seed, int steps = 150)
    {
        var random = new Random(seed);
        _journal.Open(frameEvents: 4, segmentBytes: 1 << 20);
        long next = 0;
        var atHost = new SortedSet<long>();
        for (int i = 0; i < steps; i++)
        {
            int count = random.Next(1, 9);
            if (random.Next(5) == 0)
            {
                _journal.Lose<Number>(count);
                atHost.UnionWith(Sequences(next, count));
            }
            else
            {
                _journal.Append<Number>([.. JournalEventsTests.Numbers((int)next, count)]);
            }

            next += count;
        }

        _journal.Close();
        var delivered = new List<long>();
        var lost = new List<long>();
        RecordedEvents events = new RecordedEvents().Add<Number>();
        ((IEventSource)events).Observe<Number>(
            (numbers, in envelope) =>
            {
                for (int i = 0; i < numbers.Length; i++)
                    Assert.That(numbers[i].Value, Is.EqualTo(envelope.Sequence + i));
                delivered.AddRange(Sequences(envelope.Sequence, numbers.Length));
            },
            new SubscriptionOptions<Number> { OnLost = (in notice) => lost.AddRange(Sequences(notice.FirstSequence, notice.Count)) });
        var withFrames = new List<long>();
        long first = -1;
        long end = 0;
        byte[]? before = null;
        foreach ((FrameHeader header, byte[] bytes) in Frames(_journal.Path))
        {
            if (header.Kind == FrameKind.Events && random.Next(6) == 0 && end > 0)
                continue;
            if (random.Next(6) == 0 && before is not null)
                events.Deliver("host", JournalFrame.Parse(before));
            events.Deliver("host", JournalFrame.Parse(bytes));
            before = header.Kind == FrameKind.Events ? bytes : before;
            first = first < 0 ? (header.LostBefore.Count > 0 ? header.LostBefore.FirstSequence : header.FirstSequence) : first;
            end = Math.Max(end, header.EndSequence);
        }

        withFrames.AddRange(Sequences(first, end - first).Except(delivered).Except(atHost));
        RecordedCount counted = events.GetCounts()[0];
        Assert.That(delivered, Is.Ordered.And.Unique);
        Assert.That(lost, Is.Ordered.And.Unique);
        Assert.That(delivered.Concat(lost).Order(), Is.EqualTo(Sequences(first, end - first)));
        Assert.That(counted.Events, Is.EqualTo(delivered.Count));
        Assert.That(counted.LostAtHost + counted.LostWithFrames, Is.EqualTo(lost.Count));
        Assert.That(counted.LostWithFrames, Is.GreaterThanOrEqualTo(withFrames.Count).And.GreaterThan(0));
    }

    [Test]
    public void What_handlers_throw_is_reported_and_the_rest_goes_on()
    {
        _journal.Open();
        _journal.Append<Number>([.. JournalEventsTests.Numbers(0, 5)]);
        _journal.Close();
        var errors = new List<HandlerError>();
        var seen = new List<long>();
        RecordedEvents events = new RecordedEvents("hub", errors.Add).Add<Number>();
        using Subscription failing = events.Subscribe(new Acting(
            number => seen.Add(number == 2 ? throw new InvalidOperationException("no 2") : number)));
        DeliverAll(events, _journal.Path);
        Assert.That(seen, Is.EqualTo(new long[] { 0, 1, 3, 4 }));
        Assert.That(errors.Select(static error => (error.FirstSequence, error.Exception.Message)), Is.EqualTo(new[] { (2L, "no 2") }));
        Assert.That(failing.ErrorCount, Is.EqualTo(1));
        failing.Dispose();
        DeliverAll(events, _journal.Path);
        Assert.That(seen, Has.Count.EqualTo(4));
    }

    [Test]
    public void What_is_no_event_of_a_known_type_is_told_and_counted()
    {
        _journal.Open();
        _journal.Append<GaugeAsItWas>([new GaugeAsItWas(21, 0)]);
        _journal.Append<Letter>([new Letter(1)]);
        _journal.Close();
        long lost = 0;
        RecordedEvents events = new RecordedEvents().Add<GaugeRead>();
        ((IEventSource)events).Observe<GaugeRead>(
            static (_, in _) => Assert.Fail("the layout is another one"),
            new SubscriptionOptions<GaugeRead> { OnLost = (in notice) => lost += notice.Count });
        Assert.That(
            DeliverAll(events, _journal.Path).Where(static outcome => outcome != FrameOutcome.NoEvents),
            Is.EquivalentTo(new[] { FrameOutcome.UnknownLayout, FrameOutcome.UnknownType, FrameOutcome.UnknownType }));
        Assert.That((lost, events.GetCounts()[0].Unreadable), Is.EqualTo((1, 1)));
    }

    [Test]
    public void What_only_a_running_machine_has_is_refused_by_name()
    {
        RecordedEvents events = new RecordedEvents().Add<Number>();
        var handler = new Seen();
        Assert.That(
            () => events.Subscribe(handler, new SubscriptionOptions<Number> { Delivery = Delivery.Inline }),
            Throws.ArgumentException.With.Message.Contains("no publisher"));
        Assert.That(
            () => events.Subscribe(handler, new SubscriptionOptions<Number> { SkipsRepeats = true }),
            Throws.ArgumentException.With.Message.Contains("SkipsRepeats"));
        Assert.That(
            () => ((IEventSource)events).Observe<Letter>(static (_, in _) => { }),
            Throws.InvalidOperationException.With.Message.Contains("test.letter").And.Message.Contains("not added"));
        Assert.That(() => events.Add<Number>(), Throws.ArgumentException);
        Assert.That(
            () => events.Add<GaugeRead>().AddOlder(static (in Letter letter) => new GaugeRead(letter.Value, 0)),
            Throws.ArgumentException.With.Message.Contains("no version of \"gauge.read\""));
    }

    private static List<FrameOutcome> DeliverAll(RecordedEvents events, string directory) =>
        [.. Frames(directory).Select(frame => events.Deliver("host", JournalFrame.Parse(frame.Bytes)))];

    private static List<(FrameHeader Header, byte[] Bytes)> Frames(string directory)
    {
        var frames = new List<(FrameHeader, byte[])>();
        using JournalReader reader = JournalReader.Open(directory);
        while (reader.TryRead(out JournalFrame frame))
        {
            byte[] bytes = new byte[frame.Length];
            frame.CopyTo(bytes);
            frames.Add((frame.Header, bytes));
        }

        return frames;
    }

    private static IEnumerable<long> Sequences(long first, long count) =>
        Enumerable.Range(0, (int)count).Select(index => first + index);

    private sealed class Seen : IEventHandler<Number>
    {
        public List<(long Sequence, long Value, string? Vm)> Events { get; } = [];

        public HashSet<string> Producers { get; } = [];

        public void Handle(in Number @event, in Envelope envelope)
        {
            Events.Add((envelope.Sequence, @event.Value, envelope.Producer.VmId));
            Producers.Add(envelope.Producer.Name);
        }
    }

    private sealed class Acting(Action<long> act) : IEventHandler<Number>
    {
        public void Handle(in Number @event, in Envelope envelope) => act(@event.Value);
    }
}
