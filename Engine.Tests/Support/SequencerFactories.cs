using Engine.Primitives;
using Engine.Ring;

namespace Engine.Tests.Support;

/// <summary>Lets a contract fixture run for each sequencer.</summary>
public interface ISequencerFactory
{
    static abstract Sequencer Create(int capacity, OverflowPolicy policy, WakeSignal workSignal);
}

public readonly struct SingleProducer : ISequencerFactory
{
    public static Sequencer Create(int capacity, OverflowPolicy policy, WakeSignal workSignal) =>
        new SingleProducerSequencer(capacity, policy, workSignal);
}

public readonly struct MultiProducer : ISequencerFactory
{
    public static Sequencer Create(int capacity, OverflowPolicy policy, WakeSignal workSignal) =>
        new MultiProducerSequencer(capacity, policy, workSignal);
}
