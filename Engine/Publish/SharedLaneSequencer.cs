using Engine.Events;
using Engine.Ring;

namespace Engine.Publish;

/// <summary>The sequencer of a shared lane. It knows whose lane it is, so that a stall can be told to trace sessions.</summary>
internal sealed class SharedLaneSequencer(EventDescriptor eventType, WakeSignal workSignal, ProducerState producer)
    : MultiProducerSequencer(eventType.Capacity, eventType.OverflowPolicy, workSignal)
{
    private protected override void EndStall(long ticks)
    {
        base.EndStall(ticks);
        producer.TraceStall(eventType, ticks);
    }
}
