using Engine.Primitives;
using Engine.Ring;

namespace Engine.Tests.Support;

/// <summary>Lets a contract fixture run for each sequencer.</summary>
internal interface ISequencerFactory
{
    static abstract Sequencer Create(int capacity, OverflowPolicy policy, WakeSignal workSignal);
}

internal readonly struct SingleProducer : ISequencerFactory
{
    public static Sequencer Create(int capacity, OverflowPolicy policy, WakeSignal workSignal) =>
        new SingleProducerSequencer(capacity, policy, workSignal);
}

internal readonly struct MultiProducer : ISequencerFactory
{
    public static Sequencer Create(int capacity, OverflowPolicy policy, WakeSignal workSignal) =>
        new MultiProducerSequencer(capacity, policy, workSignal);
}
