using Engine.Bus.Calls;
using Engine.Bus.Queues;
using Engine.Bus.Scheduling;

namespace Engine.Bus.Delivery;

/// <summary>Makes runners that call a handler of a form.</summary>
internal sealed class RunnerSource(HandlerForm form) : IRunnerSource
{
    public HandlerKind Kind => form.Kind;

    public IScheduled MakeRunner(QueuePartition partition, RunnerCounters counters) =>
        new QueueRunner(partition, form.MakeUnit(partition.Owner, counters), counters);
}
