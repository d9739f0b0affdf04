using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>A handler that costs next to nothing, so that the path to it is what is measured.</summary>
internal sealed class EventCounter : IBatchHandler<InstructionRetired>, IEventHandler<InstructionRetired>
{
    public ulong Events { get; private set; }

    /// <summary>Sum of the numbers of the events; of a batch only the first counts.</summary>
    public ulong NumberSum { get; private set; }

    public void Reset() => (Events, NumberSum) = (0, 0);

    void IBatchHandler<InstructionRetired>.Handle(ReadOnlySpan<InstructionRetired> events, in Envelope envelope)
    {
        Events += (ulong)events.Length;
        NumberSum += events[0].Pc;
    }

    void IEventHandler<InstructionRetired>.Handle(in InstructionRetired @event, in Envelope envelope)
    {
        Events++;
        NumberSum += @event.Pc;
    }
}
