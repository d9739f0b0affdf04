using System.Runtime.CompilerServices;
using Engine.Bus;
using Engine.Events.Vm;

namespace Engine.Bench.Bus;

/// <summary>Adds the numbers of events up, on the publisher's thread.</summary>
internal sealed class AddingHandler : IBusHandler<InstructionRetired>, IBusAnyHandler
{
    /// <summary>The sum so far.</summary>
    public ulong Sum { get; private set; }

    /// <summary>The sum, which then begins anew.</summary>
    public ulong Take()
    {
        ulong sum = Sum;
        Sum = 0;
        return sum;
    }

    /// <summary>Adds the number of an event.</summary>
    public void Add(in InstructionRetired e) => Sum += e.Pc;

    public void Handle(in InstructionRetired @event, EventContext context) => Sum += @event.Pc;

    void IBusAnyHandler.Handle<T>(in T @event, EventContext context)
    {
        if (typeof(T) == typeof(InstructionRetired))
            Sum += Unsafe.As<T, InstructionRetired>(ref Unsafe.AsRef(in @event)).Pc;
    }
}
