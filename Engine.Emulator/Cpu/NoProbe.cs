using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>The probe of a machine nobody watches.</summary>
internal unsafe struct NoProbe : IProbe
{
    public static bool CountsBlocks => false;

    public static bool TracesMemory => false;

    public readonly void BlockLeft(Hart hart, Block* block, uint retired, BlockExitReason reason, bool branchTaken)
    {
    }
}
