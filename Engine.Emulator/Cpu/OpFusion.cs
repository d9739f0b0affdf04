namespace Engine.Emulator.Cpu;

/// <summary>Replaces common pairs of micro-ops by one code on the first of them. The second stays in place, so that positions keep counting instructions.</summary>
internal static unsafe class OpFusion
{
    /// <summary>Fuses what can be fused in a freshly decoded block.</summary>
    public static void Fuse(Block* block)
    {
    }
}
