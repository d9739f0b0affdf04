using System.Runtime.CompilerServices;
using Engine.Events.Vm;

namespace Engine.Bench.Support;

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

    /// <summary>Fails where a sum is not the expected one.</summary>
    public static void Check(string name, ulong sum, ulong expected)
    {
        if (sum != expected)
            throw new InvalidOperationException($"Wrong checksum in \"{name}\": {sum}, expected {expected}.");
    }
}
