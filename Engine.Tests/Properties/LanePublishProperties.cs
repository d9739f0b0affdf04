using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>
/// All ways to publish into one lane, mixed, while inline and dispatched handlers come and go: each event is delivered to each handler that
/// was subscribed, once and in order, and the ledger adds up. Rings are small, so that runs end at the wrap and at the limit.
/// </summary>
public class LanePublishProperties
{
    private const int Capacity = 32;

    private static readonly Gen<(int Way, int Count)> Step =
        from way in Gen.Choose(0, 9)
        from count in Gen.Choose(1, 2 * Capacity)
        select (way, count);

    [Test]
    public void Every_event_is_delivered_once_and_in_order() => Prop.ForAll(Step.ListOf().ToArbitrary(), static steps =>
    {
        using var model = new Model(OverflowPolicy.Wait);
        foreach ((int way, int count) in steps)
            model.Take(way, count);
        return model.IsMatched();
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(60).WithQuietOnSuccess(true));

    [Test]
    public void What_a_ring_that_overwrites_delivers_is_whole_and_in_order() => Prop.ForAll(Step.ListOf().ToArbitrary(), static steps =>
    {
        using var model = new Model(OverflowPolicy.DropOldest);
        foreach ((int way, int count) in steps)
            model.Take(way, count);
        return model.IsMatchedWithLosses();
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(60).WithQuietOnSuccess(true));

    private sealed class Model : IDisposable
    {
        private readonly EventEngine _engine;
        private readonly EventLane<Number> _lane;
        private readonly List<long> _seen = [];
        private readonly List<long> _seenInline = [];
        private readonly List<long> _expectedInline = [];
        private Subscription? _inline;
        private long _next;
        private long _stale;
        private LaneClaim<Number> _held;
        private long _heldSince;

        public Model(OverflowPolicy policy)
        {
            _engine = Engines.Start(Capacity, policy);
            _engine.Subscribe((in Number number, in Envelope _) => _seen.Add(number.Value));
            _lane = _engine.CreateProducer().GetLane<Number>();
        }

        public void Take(int way, int count)
        {
            switch (way)
            {
                case 0 or 1:
                    for (int i = 0; i < count; i++)
                        Require(_lane.Publish(Next()));
                    break;
                case 2 or 3:
                    LaneWriter<Number> writer = _lane.OpenWriter();
                    for (int i = 0; i < count; i++)
                        Require(writer.Publish(Next()));
                    break;
                case 4:
                    Interleave(count);
                    break;
                case 5:
                    Require(_lane.PublishBatch([.. Enumerable.Range(0, count).Select(_ => Next())]).Outcome);
                    break;
                case 6:
                    Claim(count);
                    break;
                case 7:
                    _held = _lane.Claim(count);
                    _heldSince = _next;
                    break;
                case 8 when _held.IsGranted:
                    WriteLate();
                    break;
                case 8:
                    break;
                default:
                    _inline = _inline is null ? Subscribe() : End(_inline);
                    break;
            }
        }

        public bool IsMatched()
        {
            _engine.StopDrained();
            return _seen.SequenceEqual(Enumerable.Range(0, (int)_next).Select(static i => (long)i))
                && _seenInline.SequenceEqual(_expectedInline)
                && _lane.Ledger is { Buffered: 0, Lost: 0 } ledger
                && ledger.Published == _next && ledger.Rejected == _stale;
        }

        public bool IsMatchedWithLosses()
        {
            _engine.StopDrained();
            return _seen.Zip(_seen.Skip(1)).All(static pair => pair.First < pair.Second)
                && _seen.All(value => value >= 0 && value < _next)
                && _seenInline.SequenceEqual(_expectedInline)
                && _lane.Ledger is { Buffered: 0 } ledger
                && ledger.Dispatched == _seen.Count && ledger.Published == _next
                && (_next == 0 || _seen[^1] == _next - 1);
        }

        public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

        /// <summary>Two writers and the lane itself, in turn.</summary>
        private void Interleave(int count)
        {
            LaneWriter<Number> first = _lane.OpenWriter();
            LaneWriter<Number> second = _lane.OpenWriter();
            for (int i = 0; i < count; i++)
            {
                Require((i % 5) switch
                {
                    0 or 1 => first.Publish(Next()),
                    2 or 3 => second.Publish(Next()),
                    _ => _lane.Publish(Next()),
                });
            }
        }

        private void Claim(int count)
        {
            LaneClaim<Number> claim = _lane.Claim(count);
            foreach (ref Number slot in claim.Events)
                slot = Next();
            Require(claim.Publish().Outcome);
        }

        /// <summary>Into slots that were never published, or, once the lane has been used otherwise, into nothing.</summary>
        private void WriteLate()
        {
            _held.Events.Fill(new Number(-1));
            if (_heldSince == _next)
                return;
            Require(_held.Publish().Outcome, PublishOutcome.Stale);
            _stale += _held.Events.Length;
            _held = default;
        }

        private Number Next()
        {
            if (_inline is not null)
                _expectedInline.Add(_next);
            return new Number(_next++);
        }

        private static void Require(PublishOutcome outcome, PublishOutcome expected = PublishOutcome.Published)
        {
            if (outcome != expected)
                throw new InvalidOperationException($"An event was {outcome}, expected {expected}: the ring waits or overwrites.");
        }

        private Subscription Subscribe() => _engine.Subscribe(
            (in Number number, in Envelope _) => _seenInline.Add(number.Value),
            new SubscriptionOptions<Number> { Delivery = Delivery.Inline });

        private static Subscription? End(Subscription subscription)
        {
            subscription.Dispose();
            return null;
        }
    }
}
