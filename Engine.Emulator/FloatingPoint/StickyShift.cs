namespace Engine.Emulator.FloatingPoint;

/// <summary>Shifts to the right that keep a trace of what they lose: the last bit is set if any lost bit was.</summary>
internal static class StickyShift
{
    /// <summary>Shifts 64 bits by any distance of at least 0.</summary>
    public static ulong Right(ulong value, int distance)
    {
        if (distance == 0)
            return value;
        if (distance > 63)
            return value != 0 ? 1UL : 0;
        return (value >> distance) | ((value << (64 - distance)) != 0 ? 1UL : 0);
    }

    /// <summary>Shifts 128 bits by any distance of at least 0.</summary>
    public static UInt128 Right(UInt128 value, int distance)
    {
        if (distance == 0)
            return value;
        if (distance > 127)
            return value != 0 ? UInt128.One : UInt128.Zero;
        return (value >> distance) | ((value << (128 - distance)) != 0 ? UInt128.One : UInt128.Zero);
    }

    /// <summary>The upper half of 128 bits.</summary>
    public static ulong UpperHalf(UInt128 value) => (ulong)(value >> 64) | ((ulong)value != 0 ? 1UL : 0);
}
