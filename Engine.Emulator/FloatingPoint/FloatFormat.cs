namespace Engine.Emulator.FloatingPoint;

/// <summary>A binary interchange format of IEEE 754 with at most 64 bits.</summary>
/// <param name="ExponentBits">Bits of the exponent.</param>
/// <param name="FractionBits">Bits of the fraction, without the leading 1 that is not stored.</param>
internal readonly record struct FloatFormat(int ExponentBits, int FractionBits)
{
    /// <summary>32 bits.</summary>
    public static readonly FloatFormat Single = new(8, 23);

    /// <summary>64 bits.</summary>
    public static readonly FloatFormat Double = new(11, 52);

    /// <summary>Bits of a significand.</summary>
    public int Precision => FractionBits + 1;

    /// <summary>What a stored exponent exceeds the exponent by.</summary>
    public int Bias => (1 << (ExponentBits - 1)) - 1;

    /// <summary>The stored exponent of infinities and NaNs.</summary>
    public int SpecialExponent => (1 << ExponentBits) - 1;

    /// <summary>The bit that negative values have.</summary>
    public ulong SignBit => 1UL << (ExponentBits + FractionBits);

    /// <summary>The bits of the fraction.</summary>
    public ulong FractionMask => (1UL << FractionBits) - 1;

    /// <summary>Positive infinity.</summary>
    public ulong Infinity => (ulong)SpecialExponent << FractionBits;

    /// <summary>The bit that tells a quiet NaN from a signaling one.</summary>
    public ulong QuietBit => 1UL << (FractionBits - 1);

    /// <summary>The one NaN that operations return.</summary>
    public ulong CanonicalNaN => Infinity | QuietBit;

    /// <summary>Zero with a sign.</summary>
    public ulong Zero(bool isNegative) => isNegative ? SignBit : 0;

    /// <summary>Infinity with a sign.</summary>
    public ulong SignedInfinity(bool isNegative) => Zero(isNegative) | Infinity;

    /// <summary>Whether the bits are a NaN.</summary>
    public bool IsNaN(ulong bits) => (bits & ~SignBit) > Infinity;

    /// <summary>Whether the bits are a NaN that raises the invalid flag.</summary>
    public bool IsSignalingNaN(ulong bits) => IsNaN(bits) && (bits & QuietBit) == 0;
}
