using System.Runtime.CompilerServices;
using Engine.Bus;
using Engine.Events.Vm;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>A handler of a bus that costs next to nothing, so that the path to it is what is measured.</summary>
internal sealed class BusHandler : IBusHandler<InstructionRetired>, IBatchBusHandler<InstructionRetired>, IBusAnyHandler
{
    public ulong Events { get; private set; }

    /// <summary>Sum of the numbers of the events; of a batch only the first counts.</summary>
    public ulong NumberSum { get; private set; }

    public void Reset() => (Events, NumberSum) = (0, 0);

    public void Handle(in InstructionRetired @event, EventContext context)
    {
        Events++;
        NumberSum += @event.Pc;
    }

    public ValueTask HandleAsync(EventBatch<InstructionRetired> batch, CancellationToken cancellationToken)
    {
        ReadOnlySpan<InstructionRetired> events = batch.Events.Span;
        Events += (ulong)events.Length;
        NumberSum += events[0].Pc;
        return ValueTask.CompletedTask;
    }

    void IBusAnyHandler.Handle<T>(in T @event, EventContext context)
    {
        if (typeof(T) == typeof(InstructionRetired))
            Handle(Unsafe.As<T, InstructionRetired>(ref Unsafe.AsRef(in @event)), context);
    }
}
