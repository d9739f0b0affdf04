using Engine.Primitives;

namespace Engine.Handlers.Vm;

/// <summary>A block and the share of the machine's instructions that were executed in it.</summary>
/// <param name="FirstPc">Guest address of its first instruction.</param>
/// <param name="InstructionShare">From 0 to 1.</param>
public readonly record struct HotBlock(ulong FirstPc, double InstructionShare)
{
    /// <summary>The address and the share.</summary>
    public override string ToString() => $"0x{FirstPc:x}: {ReadableText.Share(InstructionShare)}";
}
