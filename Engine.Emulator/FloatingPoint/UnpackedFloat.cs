using System.Numerics;

namespace Engine.Emulator.FloatingPoint;

/// <summary>What a value is.</summary>
internal enum FloatKind
{
    Zero,
    Finite,
    Infinity,
    QuietNaN,
    SignalingNaN,
}

/// <summary>
/// A value taken apart. A finite one is <c>Significand * 2^(Exponent - 63)</c>, and its significand has bit 63, subnormal or not.
/// </summary>
internal readonly record struct UnpackedFloat(FloatKind Kind, bool IsNegative, int Exponent, ulong Significand)
{
    /// <summary>Whether it is a NaN.</summary>
    public bool IsNaN => Kind >= FloatKind.QuietNaN;

    /// <summary>Takes the bits of a value apart.</summary>
    public static UnpackedFloat Unpack(ulong bits, FloatFormat format)
    {
        bool isNegative = (bits & format.SignBit) != 0;
        ulong fraction = bits & format.FractionMask;
        var stored = (int)((bits >> format.FractionBits) & (ulong)format.SpecialExponent);
        if (stored == format.SpecialExponent)
        {
            FloatKind kind = fraction == 0 ? FloatKind.Infinity
                : (fraction & format.QuietBit) != 0 ? FloatKind.QuietNaN : FloatKind.SignalingNaN;
            return new UnpackedFloat(kind, isNegative, 0, 0);
        }

        if (stored == 0 && fraction == 0)
            return new UnpackedFloat(FloatKind.Zero, isNegative, 0, 0);
        ulong significand = (stored == 0 ? fraction : fraction | (1UL << format.FractionBits)) << (63 - format.FractionBits);
        int leading = BitOperations.LeadingZeroCount(significand);
        return new UnpackedFloat(
            FloatKind.Finite, isNegative, Math.Max(stored, 1) - format.Bias - leading, significand << leading);
    }

    /// <summary>Raises the invalid flag for a signaling NaN.</summary>
    public void Signal(ref FloatFlags flags)
    {
        if (Kind == FloatKind.SignalingNaN)
            flags |= FloatFlags.Invalid;
    }
}
