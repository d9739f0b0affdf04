using Engine.Events.Vm;

namespace Engine.Subscriptions;

/// <summary>How the execution of one virtual CPU is subscribed to, in as much detail as can be had. Immutable.</summary>
public sealed record ExecutionOptions
{
    /// <summary>The instruction to begin at, exactly; it names the virtual CPU. <see cref="Boundary.Next"/>: at the first look.</summary>
    public required Boundary From { get; init; }

    /// <summary>The instruction to end before, exactly; null for no end.</summary>
    public Boundary? Until { get; init; }

    /// <summary>
    /// Gets the instructions while they are told one by one, on a dispatcher's thread; null where they are only to be added up.
    /// </summary>
    public BatchAction<InstructionRetired>? OnInstructions { get; init; }

    /// <summary>Gets the blocks while those are told, on a dispatcher's thread; null where they are only to be added up.</summary>
    public BatchAction<BlockExecuted>? OnBlocks { get; init; }

    /// <summary>
    /// Called when a range of instructions of one detail ends, on the thread of the virtual CPU between two instructions. The same is
    /// published as <c>vm.detail</c>. Must not block. What it throws is counted as a handler error.
    /// </summary>
    public Action<DetailChanged>? OnDetailChanged { get; init; }

    /// <summary>When it goes to less detail, and back.</summary>
    public DegradationOptions Degradation { get; init; } = new();

    /// <summary>A name for statistics and error reports; by default <c>execution-N</c>.</summary>
    public string? Name { get; init; }
}
