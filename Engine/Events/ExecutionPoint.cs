using System.Runtime.InteropServices;

namespace Engine.Events;

/// <summary>
/// Where and when on a virtual CPU a rarer event happened. 24 bytes. Events of one virtual CPU are totally
/// ordered by (<see cref="RetiredInstructions"/>, <see cref="Ordinal"/>), across all event types, so that
/// streams from different lanes merge into the order in which the machine caused them.
/// </summary>
/// <param name="RetiredInstructions">
/// Instructions this virtual CPU had retired before the event. A host that does not count them gives any number that never goes down,
/// such as executed blocks or a time stamp, or always 0: then the ordinal alone orders.
/// </param>
/// <param name="Pc">Guest address of the instruction that caused the event, or that was about to run.</param>
/// <param name="Ordinal">
/// Counts the rarer events of this virtual CPU; it orders events with equal instruction count and wraps at 2^32.
/// </param>
/// <param name="VCpu">Number of the virtual CPU.</param>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public readonly record struct ExecutionPoint(ulong RetiredInstructions, ulong Pc, uint Ordinal, ushort VCpu)
    : IComparable<ExecutionPoint>
{
    /// <summary>
    /// Orders two points of one virtual CPU by instruction count, then ordinal (modulo 2^32).
    /// Points of different virtual CPUs with equal counts are ordered by CPU number, which is stable but arbitrary.
    /// </summary>
    /// <param name="other">The point to compare with.</param>
    public int CompareTo(ExecutionPoint other)
    {
        int byCount = RetiredInstructions.CompareTo(other.RetiredInstructions);
        if (byCount != 0)
            return byCount;
        int byCpu = VCpu.CompareTo(other.VCpu);
        return byCpu != 0 ? byCpu : unchecked((int)(Ordinal - other.Ordinal));
    }

    /// <summary>Whether <paramref name="left"/> precedes <paramref name="right"/>.</summary>
    public static bool operator <(ExecutionPoint left, ExecutionPoint right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> follows <paramref name="right"/>.</summary>
    public static bool operator >(ExecutionPoint left, ExecutionPoint right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not follow <paramref name="right"/>.</summary>
    public static bool operator <=(ExecutionPoint left, ExecutionPoint right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not precede <paramref name="right"/>.</summary>
    public static bool operator >=(ExecutionPoint left, ExecutionPoint right) => left.CompareTo(right) >= 0;
}
