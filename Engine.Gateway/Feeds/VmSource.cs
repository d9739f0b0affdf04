using Engine.Gateway.Events;
using Engine.Handlers.Vm;

namespace Engine.Gateway.Feeds;

/// <summary>
/// What a feed reads of a machine beside its engine. All is called on the feed's thread, may throw, and must not wait for the
/// machine.
/// </summary>
public sealed record VmSource
{
    /// <summary>Reads how many instructions have been retired.</summary>
    public required Func<long> ReadInstructions { get; init; }

    /// <summary>Reads exceptions and interrupts by cause; null where they are not counted.</summary>
    public Func<IReadOnlyList<VmTrapCount>>? ReadTraps { get; init; }

    /// <summary>What knows the hottest blocks; null for a handler of the feed's own, which subscribes to blocks.</summary>
    public ExecutionEventHandler? Execution { get; init; }

    /// <summary>
    /// Names a guest address: a function, or a function and an offset as in <c>memcpy+0x10</c>; null where none is known. Null where there
    /// are no symbols.
    /// </summary>
    public Func<ulong, string?>? FindSymbol { get; init; }
}
