using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

/// <summary>A bus with one message subscription to orders, and a clock that the test moves.</summary>
internal sealed class MessageBench
{
    public MessageBench(MessageSubscriptionOptions? options = null)
    {
        Bus = new EventBus("orders", new EventBusOptions { TimeProvider = Time });
        Subscription = Bus.SubscribeMessages("order.*", (options ?? new MessageSubscriptionOptions()) with { TimeProvider = Time });
    }

    public ManualTime Time { get; } = new();

    public EventBus Bus { get; }

    public MessageSubscription Subscription { get; }

    public MessageSubscriptionStatistics Statistics => Subscription.GetStatistics();

    public void Publish(int count)
    {
        for (int i = 1; i <= count; i++)
            Bus.Publish(new OrderCreated(i));
    }

    public EventMessage Take()
    {
        Assert.That(Subscription.TryTake(out EventMessage message), Is.True, "There must be a message to take.");
        return message;
    }

    public EventMessage PublishAndTake()
    {
        Publish(1);
        return Take();
    }

    public bool IsEmpty => !Subscription.TryTake(out _);

    public static int NumberOf(EventMessage message) => message.TryGet<OrderCreated>(out OrderCreated? order) ? order.Number : -1;
}
