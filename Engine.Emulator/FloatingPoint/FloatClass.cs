namespace Engine.Emulator.FloatingPoint;

/// <summary>The classes that fclass tells apart.</summary>
internal static class FloatClass
{
    /// <summary>
    /// One bit: 0 to 3 negative infinity, normal, subnormal, zero; 4 to 7 the positive ones; 8 signaling and 9 quiet NaN.
    /// </summary>
    public static ulong Of(ulong bits, FloatFormat format)
    {
        if (format.IsNaN(bits))
            return format.IsSignalingNaN(bits) ? 1UL << 8 : 1UL << 9;
        ulong magnitude = bits & ~format.SignBit;
        int distance = magnitude == 0 ? 0
            : magnitude <= format.FractionMask ? 1
            : magnitude < format.Infinity ? 2 : 3;
        return 1UL << ((bits & format.SignBit) != 0 ? 3 - distance : 4 + distance);
    }
}
