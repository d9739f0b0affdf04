using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions.Filters;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

/// <summary>Events that are delivered to one subscription and waited for.</summary>
internal sealed class AwaitedDeliveryTests
{
    private EventBus _bus = null!;
    private VersionedBus _versioned = null!;

    [SetUp]
    public void SetUp()
    {
        _bus = Buses.Started();
        _versioned = StorageTypes.Versions.Attach(_bus);
    }

    [TearDown]
    public async Task TearDown()
    {
        _versioned.Dispose();
        await _bus.StopAsync(TimeSpan.Zero);
        await _bus.DisposeAsync();
    }

    [TestCase(MessageEnd.Acked)]
    [TestCase(MessageEnd.Skipped)]
    [TestCase(MessageEnd.Parked)]
    public async Task The_call_completes_when_the_message_is_settled_for_good(MessageEnd end)
    {
        await using MessageSubscription subscription = _bus.SubscribeMessages("order.**");
        Task<AwaitedDelivery> delivery = subscription.DeliverAsync(_versioned, Incoming(1));
        // Another message's end is not this one's.
        subscription.DeliverAsync(_versioned, Incoming(2)).Forget();
        Assert.That(subscription.TryTake(out EventMessage message), Is.True);
        message.Nack(TimeSpan.Zero);
        Assert.That(delivery.IsCompleted, Is.False, "it comes again");
        EventMessage again = Take(subscription, message.Id);
        Assert.That(Settle(again, end), Is.EqualTo(SettlementOutcome.Settled));
        AwaitedDelivery result = await delivery.WaitAsync(Eventually.HangGuard);
        Assert.That((result.Decoded, result.Delivered, result.End), Is.EqualTo(
            (DecodeOutcome.Current, PublishOutcome.Published, (MessageEnd?)end)));
    }

    [Test]
    public async Task A_message_that_gives_way_to_others_is_dropped()
    {
        await using MessageSubscription subscription = _bus.SubscribeMessages(
            "order.**", new MessageSubscriptionOptions { Capacity = 1, OverflowPolicy = OverflowPolicy.DropOldest });
        Task<AwaitedDelivery> delivery = subscription.DeliverAsync(_versioned, Incoming(1));
        subscription.DeliverAsync(_versioned, Incoming(2)).Forget();
        Assert.That((await delivery.WaitAsync(Eventually.HangGuard)).End, Is.EqualTo(MessageEnd.Dropped));
    }

    [Test]
    public async Task What_the_filter_leaves_out_is_not_waited_for()
    {
        await using MessageSubscription subscription = _bus.SubscribeMessages(
            "order.**", new MessageSubscriptionOptions { Filter = AnyEventFilter.OfTypes("something.else") });
        AwaitedDelivery result = await subscription.DeliverAsync(_versioned, Incoming(1)).WaitAsync(Eventually.HangGuard);
        Assert.That((result.Decoded, result.Delivered, result.End), Is.EqualTo(
            (DecodeOutcome.Current, PublishOutcome.NotSubscribed, (MessageEnd?)null)));
    }

    [Test]
    public async Task What_becomes_no_message_is_not_waited_for()
    {
        await using MessageSubscription subscription = _bus.SubscribeMessages("other.**");
        AwaitedDelivery result = await subscription.DeliverAsync(_versioned, Incoming(1));
        Assert.That((result.Delivered, result.End), Is.EqualTo((PublishOutcome.NotSubscribed, (MessageEnd?)null)));
        result = await subscription.DeliverAsync(_versioned, Incoming(1) with { Version = new EventVersion("nobody.knows", 1) });
        Assert.That((result.Decoded, result.End), Is.EqualTo((DecodeOutcome.UnknownEvent, (MessageEnd?)null)));
    }

    [Test]
    public async Task The_wait_ends_with_its_token_and_the_message_stays()
    {
        await using MessageSubscription subscription = _bus.SubscribeMessages("order.**");
        using var cancellation = new CancellationTokenSource();
        Task<AwaitedDelivery> delivery = subscription.DeliverAsync(_versioned, Incoming(1), cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        Assert.That(async () => await delivery, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(subscription.TryTake(out EventMessage message), Is.True);
        Assert.That(message.Ack(), Is.EqualTo(SettlementOutcome.Settled));
    }

    [Test]
    public async Task An_event_without_id_is_refused()
    {
        await using MessageSubscription subscription = _bus.SubscribeMessages("order.**");
        Assert.ThrowsAsync<ArgumentException>(() => subscription.DeliverAsync(_versioned, Incoming(1) with { Ids = default }));
    }

    private static IncomingEvent Incoming(int number) => StorageTypes.Events.Create(new OrderCreated(number)).ToIncoming();

    private static EventMessage Take(MessageSubscription subscription, Guid id)
    {
        EventMessage found = default;
        Eventually.IsTrue(() => subscription.TryTake(out found) && found.Id == id);
        return found;
    }

    private static SettlementOutcome Settle(EventMessage message, MessageEnd end) => end switch
    {
        MessageEnd.Acked => message.Ack(),
        MessageEnd.Skipped => message.Skip(),
        _ => message.Park("test"),
    };
}

/// <summary>Tasks whose end does not matter.</summary>
internal static class Forgotten
{
    public static void Forget(this Task task) => _ = task;
}
