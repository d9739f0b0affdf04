using System.Runtime.CompilerServices;
using Engine.Events.Vm;

namespace Engine.Bench.Topologies;

/// <summary>Numbered events and the sum that shows that each arrived once.</summary>
internal static class Checksum
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static InstructionRetired Event(long number) =>
        new((ulong)number, (uint)number, InstructionFlags.None);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Of(ReadOnlySpan<InstructionRetired> events)
    {
        ulong sum = 0;
        foreach (ref readonly InstructionRetired e in events)
            sum += e.Pc;
        return sum;
    }

    public static ulong Expected(long count) => unchecked((ulong)count * (ulong)(count - 1) / 2);
}
