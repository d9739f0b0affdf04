using System.Runtime.CompilerServices;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>Counts instructions by call stack beside what another probe reports.</summary>
internal unsafe struct CallProbe<TInner>(TInner inner, CallRecorder calls) : IProbe
    where TInner : struct, IProbe
{
    /// <summary>The other probe.</summary>
    public TInner Inner = inner;

    public static bool CountsBlocks => true;

    public static bool TracesMemory => TInner.TracesMemory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BlockLeft(Hart hart, Block* block, uint retired, BlockExitReason reason, bool branchTaken)
    {
        if (TInner.CountsBlocks)
            Inner.BlockLeft(hart, block, retired, reason, branchTaken);
        calls.BlockLeft(hart, block, retired);
    }
}
