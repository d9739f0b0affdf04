using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

/// <summary>An inline handler can ask its publisher to stop, and the publish says so, in every form.</summary>
public class StopRequestTests
{
    private const int StopAt = 5;

    private static readonly SubscriptionOptions<Number> Inline = new() { Delivery = Delivery.Inline };
    private static readonly SubscriptionOptions<Letter> InlineLetter = new() { Delivery = Delivery.Inline };

    [Test]
    public void Every_form_of_publish_says_so([Values] bool isDispatchedToo)
    {
        EventEngine engine = Engines.Start();
        long seen = 0;
        engine.Subscribe(StopAtFive, Inline);
        engine.Subscribe((in Number _, in Envelope _) => seen++, Inline);
        if (isDispatchedToo)
            engine.Subscribe((in Number _, in Envelope _) => { });
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        PublishOutcome[] stopped =
        [
            lane.Publish(new Number(StopAt)), lane.TryPublish(new Number(StopAt)), lane.OpenWriter().Publish(new Number(StopAt)),
            shared.Publish(new Number(StopAt)), shared.TryPublish(new Number(StopAt)),
        ];
        Assert.That(stopped, Is.All.EqualTo(PublishOutcome.StopRequested));
        Number[] span = [new(4), new(StopAt), new(6)];
        Assert.That(lane.PublishBatch(span), Is.EqualTo(new PublishResult(3, PublishOutcome.StopRequested)));
        Assert.That(shared.PublishBatch(span), Is.EqualTo(new PublishResult(3, PublishOutcome.StopRequested)));
        LaneClaim<Number> claim = lane.Claim(3);
        span.CopyTo(claim.Events);
        Assert.That(claim.Publish(), Is.EqualTo(new PublishResult(3, PublishOutcome.StopRequested)));
        Assert.That(lane.Publish(new Number(6)), Is.EqualTo(PublishOutcome.Published), "a request is for one publish");
        Assert.That(seen, Is.EqualTo(15), "the other handlers are called as usual");
        engine.StopDrained();
        Assert.That(engine.LedgerOf<Number>().Dispatched, Is.EqualTo(15));
    }

    [Test]
    public void A_publish_within_a_handler_has_an_answer_of_its_own()
    {
        EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer();
        EventLane<Number> numbers = producer.GetLane<Number>();
        EventLane<Letter> letters = producer.GetLane<Letter>();
        var inner = new List<PublishOutcome>();
        engine.Subscribe(
            (in Number number, in Envelope envelope) =>
            {
                if (number.Value == 1)
                    envelope.RequestStop();
                inner.Add(letters.Publish(new Letter('a')));
            },
            Inline);
        Subscription quiet = engine.Subscribe((in Letter _, in Envelope _) => { }, InlineLetter);
        Assert.That(numbers.Publish(new Number(1)), Is.EqualTo(PublishOutcome.StopRequested));
        quiet.Dispose();
        engine.Subscribe((in Letter _, in Envelope envelope) => envelope.RequestStop(), InlineLetter);
        Assert.That(numbers.Publish(new Number(2)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(inner, Is.EqualTo(new[] { PublishOutcome.Published, PublishOutcome.StopRequested }));
    }

    [Test]
    public void A_handler_that_throws_after_it_asked_has_asked()
    {
        EventEngine engine = Engines.Build();
        engine.Subscribe(
            (in Number _, in Envelope envelope) =>
            {
                envelope.RequestStop();
                throw new FormatException("no");
            },
            Inline);
        Assert.That(engine.CreateProducer().GetLane<Number>().Publish(new Number(1)), Is.EqualTo(PublishOutcome.StopRequested));
    }

    [Test]
    public void A_dispatched_handler_is_told_that_it_is_too_late()
    {
        var errors = new List<HandlerError>();
        EventEngine engine = Engines.Start(configure: options => options.OnHandlerError = errors.Add);
        engine.Subscribe((in Number _, in Envelope envelope) => envelope.RequestStop());
        engine.CreateProducer().GetLane<Number>().Publish(new Number(1));
        engine.StopDrained();
        Assert.That(errors, Has.Count.EqualTo(1));
        Assert.That(errors[0].Exception.Message, Does.Contain("Only an inline handler").And.Contain("test.number"));
    }

    private static void StopAtFive(in Number number, in Envelope envelope)
    {
        if (number.Value == StopAt)
            envelope.RequestStop();
    }
}
