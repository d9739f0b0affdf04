using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// What the interpreter loop reports. The loop is compiled once per probe type with these properties as
/// constants, so that what a probe does not want is not in its loop.
/// </summary>
internal unsafe interface IProbe
{
    /// <summary>Whether <see cref="BlockLeft"/> is called.</summary>
    static abstract bool CountsBlocks { get; }

    /// <summary>Whether every load and store takes the slow path, which reports it.</summary>
    static abstract bool TracesMemory { get; }

    /// <summary>A run of instructions of one block has retired.</summary>
    /// <param name="hart">The hart that ran it.</param>
    /// <param name="block">The block.</param>
    /// <param name="retired">Instructions retired from its start, at least 1.</param>
    /// <param name="reason">Why the run ended.</param>
    /// <param name="branchTaken">Whether the last instruction is a conditional branch that was taken.</param>
    void BlockLeft(Hart hart, Block* block, uint retired, BlockExitReason reason, bool branchTaken);
}
