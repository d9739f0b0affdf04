using Engine.Events;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Subscriptions;

public class FilterTests
{
    private static readonly EventFilter<Number> Even = EventFilter.Where((in Number number) => number.Value % 2 == 0);
    private static readonly EventFilter<Number> Third = EventFilter.Where((in Number number) => number.Value % 3 == 0);

    [Test]
    public void A_per_event_handler_gets_what_passes_with_the_right_sequences()
    {
        var seen = new List<(long Sequence, long Value)>();
        Publish(10, engine => engine.Subscribe(
            (in Number number, in Envelope envelope) => seen.Add((envelope.Sequence, number.Value)), Options(Even)));
        Assert.That(seen, Is.EqualTo(new[] { (0L, 0L), (2, 2), (4, 4), (6, 6), (8, 8) }));
    }

    [Test]
    public void A_batch_handler_gets_runs_of_consecutive_events_that_pass()
    {
        var runs = new List<(long First, long[] Values)>();
        EventFilter<Number> filter = EventFilter.Where((in Number number) => number.Value is not (3 or 7 or 8));
        Publish(10, engine => engine.SubscribeBatch(
            (ReadOnlySpan<Number> numbers, in Envelope envelope) =>
                runs.Add((envelope.Sequence, [.. numbers.ToArray().Select(n => n.Value)])),
            Options(filter)));
        Assert.That(runs.Select(run => run.First), Is.EqualTo(new long[] { 0, 4, 9 }));
        Assert.That(runs.Select(run => run.Values), Is.EqualTo(new long[][] { [0, 1, 2], [4, 5, 6], [9] }));
    }

    [Test]
    public void And_or_and_not_combine_per_event_filters()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Passing(Even.And(Third)), Is.EqualTo(new long[] { 0, 6 }));
            Assert.That(Passing(Even.Or(Third)), Is.EqualTo(new long[] { 0, 2, 3, 4, 6, 8, 9 }));
            Assert.That(Passing(Even.Not()), Is.EqualTo(new long[] { 1, 3, 5, 7, 9 }));
            Assert.That(Passing(Even.Or(Third).Not()), Is.EqualTo(new long[] { 1, 5, 7 }));
        });
    }

    [Test]
    public void And_or_and_not_combine_verdicts([Values] FilterVerdict first, [Values] FilterVerdict second)
    {
        var a = new VerdictFilter(first);
        var b = new VerdictFilter(second);
        FilterVerdict and = first == FilterVerdict.None || second == FilterVerdict.None ? FilterVerdict.None
            : first == FilterVerdict.All && second == FilterVerdict.All ? FilterVerdict.All : FilterVerdict.PerEvent;
        FilterVerdict or = first == FilterVerdict.All || second == FilterVerdict.All ? FilterVerdict.All
            : first == FilterVerdict.None && second == FilterVerdict.None ? FilterVerdict.None : FilterVerdict.PerEvent;
        FilterVerdict not = first switch
        {
            FilterVerdict.All => FilterVerdict.None,
            FilterVerdict.None => FilterVerdict.All,
            _ => FilterVerdict.PerEvent,
        };
        Envelope envelope = default;
        Assert.Multiple(() =>
        {
            Assert.That(a.And(b).EvaluateBatch(envelope), Is.EqualTo(and));
            Assert.That(a.Or(b).EvaluateBatch(envelope), Is.EqualTo(or));
            Assert.That(a.Not().EvaluateBatch(envelope), Is.EqualTo(not));
        });
    }

    [Test]
    public void A_verdict_for_the_batch_spares_the_look_at_each_event([Values] bool passes)
    {
        var filter = new VerdictFilter(passes ? FilterVerdict.All : FilterVerdict.None);
        Assert.That(Passing(filter), Has.Count.EqualTo(passes ? 10 : 0));
        Assert.That((filter.BatchesAsked > 0, filter.EventsAsked), Is.EqualTo((true, 0)));
    }

    [Test]
    public void A_producer_filter_passes_one_producers_events()
    {
        EventEngine engine = Engines.Build();
        var seen = new List<int>();
        Engine.Publish.EventProducer first = engine.CreateProducer();
        Engine.Publish.EventProducer second = engine.CreateProducer();
        engine.Subscribe(
            (in Number number, in Envelope _) => seen.Add(number.Source), Options(EventFilter.FromProducer<Number>(second.Info.Id)));
        first.GetLane<Number>().Publish(new Number(1, 1));
        second.GetLane<Number>().Publish(new Number(1, 2));
        engine.Start();
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void A_filter_applies_to_inline_delivery_too()
    {
        EventEngine engine = Engines.Build();
        var seen = new List<long>();
        engine.Subscribe(
            (in Number number, in Envelope _) => seen.Add(number.Value), Options(Even) with { Delivery = Delivery.Inline });
        engine.CreateProducer().GetLane<Number>().PublishBatch([new Number(1), new Number(2), new Number(3)]);
        Assert.That(seen, Is.EqualTo(new long[] { 2 }));
    }

    [Test]
    public void A_filter_that_throws_keeps_the_event_back_and_is_counted_with_its_sequence()
    {
        var errors = new List<HandlerError>();
        EventFilter<Number> filter = EventFilter.Where(
            (in Number number) => number.Value == 2 ? throw new FormatException("no") : true);
        var seen = new List<long>();
        Subscription? subscription = null;
        Publish(
            4,
            engine => subscription = engine.Subscribe((in Number number, in Envelope _) => seen.Add(number.Value), Options(filter)),
            errors);
        Assert.That(seen, Is.EqualTo(new long[] { 0, 1, 3 }));
        Assert.That(
            errors.Select(e => (e.FirstSequence, e.LastSequence, e.SubscriptionId)), Is.EqualTo(new[] { (2L, 2L, subscription!.Id) }));
        Assert.That((subscription.ErrorCount, subscription.DeliveredCount), Is.EqualTo((1, 3)));
    }

    [Test]
    public void A_filter_that_throws_for_the_batch_keeps_the_batch_back_and_is_counted_with_its_range()
    {
        var errors = new List<HandlerError>();
        Publish(4, engine => engine.Subscribe((in Number _, in Envelope _) => Assert.Fail("called"), Options(new ThrowingFilter())),
            errors);
        Assert.That(errors.Select(e => (e.FirstSequence, e.LastSequence)), Is.EqualTo(new[] { (0L, 3L) }));
    }

    [Test]
    public void A_predicate_must_be_given() => Assert.Throws<ArgumentNullException>(() => EventFilter.Where<Number>(null!));

    private static List<long> Passing(EventFilter<Number> filter)
    {
        var seen = new List<long>();
        Publish(10, engine => engine.Subscribe((in Number number, in Envelope _) => seen.Add(number.Value), Options(filter)));
        return seen;
    }

    private static void Publish(int count, Action<EventEngine> subscribe, List<HandlerError>? errors = null)
    {
        EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = error => errors?.Add(error));
        subscribe(engine);
        Engine.Publish.EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        for (int i = 0; i < count; i++)
            lane.Publish(new Number(i));
        engine.Start();
        engine.StopDrained();
    }

    private static SubscriptionOptions<Number> Options(EventFilter<Number> filter) => new() { Filter = filter };

    private sealed class VerdictFilter(FilterVerdict verdict) : EventFilter<Number>
    {
        public int BatchesAsked { get; private set; }

        public int EventsAsked { get; private set; }

        public override FilterVerdict EvaluateBatch(in Envelope envelope)
        {
            BatchesAsked++;
            return verdict;
        }

        public override bool Matches(in Number @event, in Envelope envelope)
        {
            EventsAsked++;
            return verdict == FilterVerdict.All;
        }
    }

    private sealed class ThrowingFilter : EventFilter<Number>
    {
        public override FilterVerdict EvaluateBatch(in Envelope envelope) => throw new FormatException("no");

        public override bool Matches(in Number @event, in Envelope envelope) => true;
    }
}
