using Engine.Bus.Scheduling;

namespace Engine.Bus.Queues;

/// <summary>Makes what serves the queue of a subscription.</summary>
internal interface IRunnerSource
{
    /// <summary>How the handler is called.</summary>
    HandlerKind Kind { get; }

    /// <summary>Makes a runner of a partition.</summary>
    /// <param name="partition">What it serves.</param>
    /// <param name="counters">Where it counts.</param>
    IScheduled MakeRunner(QueuePartition partition, RunnerCounters counters);
}
