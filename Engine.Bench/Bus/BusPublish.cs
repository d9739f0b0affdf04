using System.Runtime.CompilerServices;
using Engine.Bench.Support;
using Engine.Bus;
using Engine.Events.Vm;
using Engine.Subscriptions.Filters;

namespace Engine.Bench.Bus;

/// <summary>
/// A bus whose handlers run on the publisher's thread.
/// <code>publisher -> bus -> handlers</code>
/// </summary>
internal sealed class BusPublish(string name) : BusTransfer
{
    private AddingHandler[] _handlers = [];
    private EventBus? _bus;

    public override string Name => name;

    public override long EventCount => 2_000_000 / HandlerCount;

    public override bool IsOnOneThread => true;

    /// <summary>What else to subscribe; null for nothing.</summary>
    public Action<EventBus>? Prepare { get; init; }

    /// <summary>Which events the handlers get; null for all. It has to let all pass.</summary>
    public EventFilter<InstructionRetired>? Filter { get; init; }

    /// <summary>Whether the publisher keeps the topic's handle.</summary>
    public bool IsByTopic { get; init; }

    /// <summary>Which events handlers of a pattern get; null for all. It has to let all pass.</summary>
    public AnyEventFilter? AnyFilter { get; init; }

    /// <summary>Whether the handlers are subscribed to a name pattern instead of the type.</summary>
    public bool IsByPattern { get; init; }

    public override ulong Run(long count)
    {
        _bus ??= CreateBus();
        if (IsByTopic)
            PublishAll(_bus.GetTopic<InstructionRetired>(), count);
        else
            PublishAll(_bus, count);
        ulong sum = 0;
        foreach (AddingHandler handler in _handlers)
            sum += handler.Take();
        return sum;
    }

    // Compiled once, at the highest tier: a loop that is replaced while it runs keeps its variables in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishAll(EventBus bus, long count)
    {
        for (long i = 0; i < count; i++)
            bus.Publish(Checksum.Event(i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishAll(BusTopic<InstructionRetired> topic, long count)
    {
        for (long i = 0; i < count; i++)
            topic.Publish(Checksum.Event(i));
    }

    private EventBus CreateBus()
    {
        var bus = new EventBus();
        Prepare?.Invoke(bus);
        _handlers = [.. Enumerable.Range(0, HandlerCount).Select(static _ => new AddingHandler())];
        foreach (AddingHandler handler in _handlers)
        {
            if (IsByPattern)
                bus.Subscribe("vm.*", handler, new() { AnyFilter = AnyFilter });
            else
                bus.Subscribe<InstructionRetired>(handler.Handle, new() { Filter = Filter });
        }

        return bus;
    }
}
