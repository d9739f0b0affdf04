using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Primitives;
using Engine.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>
/// Random steps on a message subscription and on a simple model give the same messages, outcomes and counts after every
/// step.
/// </summary>
public class MessageProperties
{
    private const int Capacity = 12;
    private const int OutputBuffer = 5;
    private const int MaxAttempts = 3;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private enum Step
    {
        Publish,
        Take,
        Ack,
        Nack,
        NackWithDelay,
        Extend,
        Park,
        Skip,
        Release,
        Advance,
        Requeue,
        Discard,
    }

    [Test]
    public void A_subscription_behaves_as_the_model()
    {
        Gen<Step> step = Gen.Frequency(
            (4, Gen.Constant(Step.Publish)), (5, Gen.Constant(Step.Take)), (2, Gen.Constant(Step.Advance)),
            (6, Gen.Elements(Enum.GetValues<Step>())));
        Gen<(Step Step, int Choice, int Seconds)[]> run =
            from length in Gen.Choose(0, 150)
            from steps in (from s in step from choice in Gen.Choose(0, 1000) from seconds in Gen.Choose(0, 12) select (s, choice, seconds))
                .ArrayOf(length)
            select steps;
        Prop.ForAll(run.ToArbitrary(), Compare).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true));
    }

    private static void Compare((Step Step, int Choice, int Seconds)[] steps)
    {
        var time = new ManualTime();
        var options = new MessageSubscriptionOptions
        {
            Capacity = Capacity,
            OutputBuffer = OutputBuffer,
            Lease = Lease,
            Retry = new() { MaxAttempts = MaxAttempts, BaseDelay = TimeSpan.FromSeconds(2), MaxDelay = TimeSpan.FromSeconds(3) },
            OverflowPolicy = OverflowPolicy.Fail,
            TimeProvider = time,
        };
        var bus = new EventBus();
        var model = new MessageModel(
            Capacity, OutputBuffer, MaxAttempts, Lease, static failures => TimeSpan.FromSeconds(failures == 1 ? 2 : 3));
        model.Start(time.GetUtcNow());
        MessageSubscription subscription = bus.SubscribeMessages<Number>(options);
        var handles = new List<(EventMessage Message, int Delivery)>();
        foreach ((Step step, int choice, int seconds) in steps)
        {
            var duration = TimeSpan.FromSeconds(seconds);
            switch (step)
            {
                case Step.Publish:
                    bus.Publish(new Number(model.Accepted + 1));
                    model.Publish();
                    break;
                case Step.Take:
                    Take(subscription, model, handles);
                    break;
                case Step.Advance:
                    time.Advance(duration);
                    model.Advance(duration);
                    break;
                case Step.Requeue or Step.Discard:
                    ChangeParked(subscription, model, step, choice);
                    break;
                case var _ when handles.Count > 0:
                    Settle(handles[choice % handles.Count], model, step, duration);
                    break;
            }

            CompareCounts(subscription, model);
        }
    }

    private static void Take(MessageSubscription subscription, MessageModel model, List<(EventMessage, int)> handles)
    {
        (int Sequence, int Attempt, int Delivery)? expected = model.Take();
        bool isTaken = subscription.TryTake(out EventMessage message);
        Require(isTaken == expected.HasValue, "something to take");
        if (expected is not { } e)
            return;
        Require(message.Sequence == e.Sequence && message.Attempt == e.Attempt, "sequence and attempt");
        Require(message.TryGet(out Number number) && number.Value == e.Sequence, "payload");
        handles.Add((message, e.Delivery));
    }

    private static void Settle((EventMessage Message, int Delivery) handle, MessageModel model, Step step, TimeSpan duration)
    {
        (EventMessage message, int delivery) = handle;
        int sequence = (int)message.Sequence;
        TimeSpan lease = duration + TimeSpan.FromSeconds(1);
        (SettlementOutcome actual, SettlementOutcome expected) = step switch
        {
            Step.Ack => (message.Ack(), model.Ack(sequence, delivery)),
            Step.Nack => (message.Nack(), model.Nack(sequence, delivery, null)),
            Step.NackWithDelay => (message.Nack(duration), model.Nack(sequence, delivery, duration)),
            Step.Extend => (message.Extend(lease), model.Extend(sequence, delivery, lease)),
            Step.Park => (message.Park("parked"), model.Park(sequence, delivery)),
            Step.Skip => (message.Skip(), model.Skip(sequence, delivery)),
            _ => (message.Release(duration), model.Release(sequence, delivery, duration)),
        };
        Require(actual == expected, $"outcome of {step}: {actual}, {expected}");
    }

    private static void ChangeParked(MessageSubscription subscription, MessageModel model, Step step, int choice)
    {
        IReadOnlyList<ParkedMessage> parked = subscription.GetParked();
        if (parked.Count == 0)
            return;
        ParkedMessage message = parked[choice % parked.Count];
        int sequence = (int)message.Sequence;
        if (step == Step.Requeue)
            Require(subscription.Requeue(message) == model.Requeue(sequence), "outcome of a requeue");
        else
            Require(subscription.Discard(message) == model.Discard(sequence), "outcome of a discard");
    }

    private static void CompareCounts(MessageSubscription subscription, MessageModel model)
    {
        MessageSubscriptionStatistics statistics = subscription.GetStatistics();
        Require(statistics.IsBalanced, "ledger");
        Require(statistics.Accepted == model.Accepted, "accepted");
        Require(statistics.Rejected == model.Rejected, "rejected");
        Require(statistics.Acked == model.Acked, "acked");
        Require(statistics.Skipped == model.Skipped, "skipped");
        Require(statistics.Discarded == model.Discarded, "discarded");
        Require(statistics.Waiting == model.Waiting, "waiting");
        Require(statistics.InFlight == model.InFlight, "in flight");
        Require(statistics.Checkpoint == model.Checkpoint, "checkpoint");
        Require(subscription.GetParked().Select(static parked => (int)parked.Sequence).SequenceEqual(model.Parked), "parked");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"Subscription and model differ: {what}");
    }
}
