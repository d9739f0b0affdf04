using Engine.Bench.Bus.Peers;
using Engine.Bench.Reporting;

namespace Engine.Bench.Bus;

/// <summary>
/// The bus beside other libraries for the same job, each set up as its documentation advises; one handler that adds a number up.
/// </summary>
internal static class PeersSection
{
    public static void Run(Measurement measurement)
    {
        using var wolverine = new WolverineHost();
        TransferCost.Measure(
            measurement, "peers-publish", "Published and handled on the publisher's thread", TransferCost.NanosecondsPerEvent,
            [.. CreatePublish(wolverine)], out _);
        TransferCost.Measure(
            measurement, "peers-queue", $"One publisher, a queue, one reader; bounded queues hold {QueueTransfer.Capacity}",
            TransferCost.MillionsPerSecond, [.. CreateQueues(wolverine)], out _);
    }

    /// <summary>Those that call the handler on the publisher's thread.</summary>
    public static IEnumerable<BusTransfer> CreatePublish(WolverineHost wolverine) =>
    [
        new CSharpEventPublish(1),
        new BusPublish("bus, sync mode"),
        new SystemReactivePublish(),
        new CysharpR3Publish(),
        new MediatRPublish(),
        new MediatorPublish(),
        new WolverineInvoke(wolverine),
    ];

    /// <summary>Those that hand the events over to another thread.</summary>
    public static IEnumerable<BusTransfer> CreateQueues(WolverineHost wolverine) =>
    [
        new ChannelQueue(publisherCount: 1),
        new BusQueue(QueueForm.Async, publisherCount: 1),
        new BusQueue(QueueForm.BatchHandler, publisherCount: 1),
        new ActionBlockQueue(),
        new BufferBlockQueue(),
        new SystemReactiveQueue(),
        new CysharpR3Queue(),
        new WolverineQueue(wolverine),
    ];
}
