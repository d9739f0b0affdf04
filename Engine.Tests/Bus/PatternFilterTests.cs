using Engine.Bus;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

public class PatternFilterTests
{
    [Test]
    public void A_pattern_subscription_gets_what_its_filter_passes()
    {
        var bus = new EventBus();
        var seen = new Recorder();
        bus.Subscribe("**", seen, new BusSubscriptionOptions { AnyFilter = AnyEventFilter.OfTypes("order.shipped").Or(AnyEventFilter.InAddressRange(5, 6)) });
        bus.Publish(new OrderCreated(1));
        bus.Publish(new OrderShipped(2));
        bus.Publish(new MemoryFreed(default, 5, 1));
        bus.Publish(new MemoryFreed(default, 6, 1));
        Assert.That(seen.Names, Is.EqualTo(new[] { "order.shipped", "memory.freed" }));
    }

    [Test]
    public void A_bus_is_of_the_machine_its_options_name([Values("vm-1", "vm-2", null)] string? vmId)
    {
        var bus = new EventBus("bus", new EventBusOptions { VmId = vmId });
        var seen = new Recorder();
        bus.Subscribe("order.*", seen, new BusSubscriptionOptions { AnyFilter = AnyEventFilter.FromVm("vm-1") });
        int typed = 0;
        bus.Subscribe((in OrderCreated _, EventContext _) => typed++, new BusSubscriptionOptions<OrderCreated> { Filter = EventFilter.FromVm<OrderCreated>("vm-1") });
        bus.Publish(new OrderCreated(1));
        Assert.That((seen.Names.Count, typed), Is.EqualTo(vmId == "vm-1" ? (1, 1) : (0, 0)));
    }

    [Test]
    public void An_event_has_to_pass_both_filters_of_a_subscription()
    {
        var bus = new EventBus("bus", new EventBusOptions { VmId = "vm-1" });
        var seen = new List<int>();
        bus.Subscribe((in OrderCreated order, EventContext _) => seen.Add(order.Number), Options("vm-1"));
        bus.Subscribe((in OrderCreated order, EventContext _) => seen.Add(-order.Number), Options("vm-2"));
        for (int i = 1; i < 5; i++)
            bus.Publish(new OrderCreated(i));
        Assert.That(seen, Is.EqualTo(new[] { 2, 4 }));

        static BusSubscriptionOptions<OrderCreated> Options(string vmId) => new()
        {
            Filter = EventFilter.Where((in OrderCreated order) => order.Number % 2 == 0),
            AnyFilter = AnyEventFilter.FromVm(vmId),
        };
    }

    [Test]
    public void A_filter_of_any_type_that_throws_keeps_the_event_back_and_is_counted()
    {
        var errors = new List<BusHandlerError>();
        var bus = new EventBus("bus", new EventBusOptions { OnHandlerError = errors.Add });
        var seen = new Recorder();
        BusSubscription subscription = bus.Subscribe("**", seen, new BusSubscriptionOptions { AnyFilter = new ThrowingFilter() });
        bus.Publish(new OrderCreated(1));
        Assert.That((seen.Names.Count, subscription.ErrorCount), Is.EqualTo((0, 1)));
        Assert.That(errors.Single().Exception, Is.TypeOf<FormatException>());
    }

    private sealed class Recorder : IBusAnyHandler
    {
        public List<string> Names { get; } = [];

        public void Handle<T>(in T @event, EventContext context)
            where T : IEvent<T> =>
            Names.Add(context.EventType.Name);
    }

    private sealed class ThrowingFilter : AnyEventFilter
    {
        public override bool Matches<T>(in T @event, in Envelope envelope) => throw new FormatException("no");
    }
}
