using System.Runtime.CompilerServices;
using Engine.Bench.Support;
using Engine.Bus;
using Engine.Events.Vm;

namespace Engine.Bench.Bus.Peers;

/// <summary>A C# event with the bus's handlers: what a publish costs that promises nothing.</summary>
internal sealed class CSharpEventPublish : BusTransfer
{
    private readonly AddingHandler[] _handlers;
    private readonly EventContext _context = new();

    public CSharpEventPublish(int handlerCount)
    {
        HandlerCount = handlerCount;
        _handlers = [.. Enumerable.Range(0, handlerCount).Select(static _ => new AddingHandler())];
        foreach (AddingHandler handler in _handlers)
            Raised += handler.Handle;
    }

    private event BusAction<InstructionRetired>? Raised;

    public override string Name => "C# event";

    public override long EventCount => 4_000_000 / HandlerCount;

    public override bool IsOnOneThread => true;

    // Compiled once, at the highest tier: a loop that is replaced while it runs keeps its variables in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override ulong Run(long count)
    {
        for (long i = 0; i < count; i++)
            Raised?.Invoke(Checksum.Event(i), _context);
        ulong sum = 0;
        foreach (AddingHandler handler in _handlers)
            sum += handler.Take();
        return sum;
    }
}
