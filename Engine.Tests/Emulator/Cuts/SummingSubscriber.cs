using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Tests.Emulator.Cuts;

/// <summary>A subscriber whose state depends on every event, its order and its sequence, and that is set back with the machine.</summary>
internal sealed class SummingSubscriber : ICheckpointed, IBatchHandler<InstructionRetired>
{
    private (ulong Sum, long Next) _state;

    public SummingSubscriber(EventEngine engine)
    {
        engine.SubscribeBatch(this);
        engine.AddCheckpoint(this);
    }

    public string CheckpointName => "sum";

    public ulong Sum => _state.Sum;

    public int Gaps { get; private set; }

    public void Handle(ReadOnlySpan<InstructionRetired> events, in Envelope envelope)
    {
        if (envelope.Sequence != _state.Next)
            Gaps++;
        ulong sum = _state.Sum;
        foreach (InstructionRetired instruction in events)
            sum = unchecked((sum * 31) + instruction.Pc + (ulong)instruction.Flags);
        _state = (sum, envelope.Sequence + events.Length);
    }

    public object? SaveCheckpoint() => _state;

    public void RestoreCheckpoint(object? checkpoint) => _state = checkpoint is null ? default : ((ulong, long))checkpoint;
}
