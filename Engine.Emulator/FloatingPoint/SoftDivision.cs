namespace Engine.Emulator.FloatingPoint;

/// <summary>Quotients and square roots in software: exact up to one rounding.</summary>
internal static class SoftDivision
{
    /// <summary>a / b.</summary>
    public static ulong Divide(ulong a, ulong b, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        var x = UnpackedFloat.Unpack(a, format);
        var y = UnpackedFloat.Unpack(b, format);
        if (x.IsNaN || y.IsNaN)
            return SoftArithmetic.NaN(x, y, format, ref flags);
        bool isNegative = x.IsNegative != y.IsNegative;
        if (x.Kind == y.Kind && x.Kind != FloatKind.Finite)
            return SoftArithmetic.Invalid(format, ref flags);
        if (x.Kind == FloatKind.Zero || y.Kind == FloatKind.Infinity)
            return format.Zero(isNegative);
        if (x.Kind == FloatKind.Infinity)
            return format.SignedInfinity(isNegative);
        if (y.Kind == FloatKind.Zero)
        {
            flags |= FloatFlags.DivideByZero;
            return format.SignedInfinity(isNegative);
        }

        // The numerator is shifted so that the quotient has 64 bits.
        bool isBelow = x.Significand < y.Significand;
        UInt128 numerator = (UInt128)x.Significand << (isBelow ? 64 : 63);
        (UInt128 quotient, UInt128 remainder) = UInt128.DivRem(numerator, y.Significand);
        ulong significand = (ulong)quotient | (remainder != 0 ? 1UL : 0);
        int exponent = x.Exponent - y.Exponent - (isBelow ? 1 : 0);
        return FloatRounder.Round(isNegative, exponent, significand, format, mode, ref flags);
    }

    /// <summary>The square root of a.</summary>
    public static ulong SquareRoot(ulong a, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        var x = UnpackedFloat.Unpack(a, format);
        if (x.IsNaN)
            return SoftArithmetic.NaN(x, x, format, ref flags);
        if (x.Kind == FloatKind.Zero)
            return a;
        if (x.IsNegative)
            return SoftArithmetic.Invalid(format, ref flags);
        if (x.Kind == FloatKind.Infinity)
            return a;

        // An even exponent halves; the radicand is shifted so that the root has 64 bits.
        UInt128 radicand = (UInt128)x.Significand << (63 + (x.Exponent & 1));
        ulong root = 0;
        for (ulong bit = 1UL << 63; bit != 0; bit >>= 1)
        {
            ulong trial = root | bit;
            if (Square(trial) <= radicand)
                root = trial;
        }

        ulong significand = root | (Square(root) != radicand ? 1UL : 0);
        return FloatRounder.Round(isNegative: false, x.Exponent >> 1, significand, format, mode, ref flags);
    }

    private static UInt128 Square(ulong value)
    {
        ulong high = Math.BigMul(value, value, out ulong low);
        return new UInt128(high, low);
    }
}
