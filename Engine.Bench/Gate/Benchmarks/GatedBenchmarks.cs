using Engine.Bus;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>All that the gate watches.</summary>
internal static class GatedBenchmarks
{
    private const string Event = "event";
    private const string Snapshot = "snapshot";
    private const string Instruction = "instruction";
    private const string Message = "message";

    /// <summary>The names are permanent: results of different commits are compared by them.</summary>
    public static IReadOnlyList<Entry> All { get; } =
    [
        new("publish.subscribed", Event, static () => new PublishSubscribed()),
        new("publish.unsubscribed", Event, static () => new PublishUnsubscribed()),
        new("publish.span", Event, static () => new PublishSpan()),
        new("publish.claim", Event, static () => new PublishClaim()),
        new("publish.shared", Event, static () => new PublishShared()),
        new("publish.inline", Event, static () => new InlineDelivery()),
        new("dispatch.batch-1", Event, static () => new DispatchToBatchHandlers(handlerCount: 1)),
        new("dispatch.batch-10", Event, static () => new DispatchToBatchHandlers(handlerCount: 10)),
        new("dispatch.event", Event, static () => new DispatchToEventHandler()),
        new("dispatch.filter-chain", Event, static () => new DispatchThroughFilters()),
        new("statistics.snapshot", Snapshot, static () => new StatisticsSnapshot()),
        new("machine.interpreter", Instruction, static () => new MachineInterpreter()),
        new("machine.instruction-probe", Instruction, static () => new MachineInstructionProbe()),
        new("bus.publish-1", Event, static () => new BusPublishToHandlers(handlerCount: 1)),
        new("bus.publish-10", Event, static () => new BusPublishToHandlers(handlerCount: 10)),
        new("bus.publish-pattern", Event, static () => new BusPublishToPattern()),
        new("bus.enqueue-async", Event, static () => new BusEnqueue(ProcessingMode.Async)),
        new("bus.enqueue-batch", Event, static () => new BusEnqueue(ProcessingMode.Batch)),
        new("bus.dispatch-async", Event, static () => new BusDispatch(ProcessingMode.Async)),
        new("bus.dispatch-batch", Event, static () => new BusDispatch(ProcessingMode.Batch)),
        new("bus.message", Message, static () => new BusMessages()),
        new("bus.older-api", Event, static () => new OlderBusPublish()),
        new("topology.one-to-one", Event, static () => new TopologyOneToOne(), IsThreaded: true),
    ];

    /// <summary>A gated benchmark and how to set it up.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Operation">What is counted, in the singular.</param>
    /// <param name="Create">Sets it up.</param>
    /// <param name="IsThreaded">Whether other threads take part. Such a benchmark is timed by the wall clock and only warns.</param>
    public sealed record Entry(string Name, string Operation, Func<GatedBenchmark> Create, bool IsThreaded = false);
}
