namespace Engine.Emulator.FloatingPoint;

/// <summary>Sums, products and fused multiply-adds in software: exact up to one rounding, in all modes and with all flags.</summary>
internal static class SoftArithmetic
{
    /// <summary>An exact term of a sum: <c>Significand * 2^(Exponent - 126)</c>, whose significand has bit 126.</summary>
    private readonly record struct Term(bool IsNegative, int Exponent, UInt128 Significand);

    /// <summary>a + b.</summary>
    public static ulong Add(ulong a, ulong b, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        var x = UnpackedFloat.Unpack(a, format);
        var y = UnpackedFloat.Unpack(b, format);
        if (x.IsNaN || y.IsNaN)
            return NaN(x, y, format, ref flags);
        if (x.Kind == FloatKind.Infinity || y.Kind == FloatKind.Infinity)
            return AddInfinity(x, y, format, ref flags);
        if (x.Kind == FloatKind.Zero && y.Kind == FloatKind.Zero)
            return AddZeros(x.IsNegative, y.IsNegative, format, mode);
        if (x.Kind == FloatKind.Zero || y.Kind == FloatKind.Zero)
            return x.Kind == FloatKind.Zero ? b : a;
        return AddTerms(TermOf(x), TermOf(y), format, mode, ref flags);
    }

    /// <summary>a * b.</summary>
    public static ulong Multiply(ulong a, ulong b, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        var x = UnpackedFloat.Unpack(a, format);
        var y = UnpackedFloat.Unpack(b, format);
        if (x.IsNaN || y.IsNaN)
            return NaN(x, y, format, ref flags);
        bool isNegative = x.IsNegative != y.IsNegative;
        if (IsInfinityTimesZero(x, y))
            return Invalid(format, ref flags);
        if (x.Kind == FloatKind.Infinity || y.Kind == FloatKind.Infinity)
            return format.SignedInfinity(isNegative);
        if (x.Kind == FloatKind.Zero || y.Kind == FloatKind.Zero)
            return format.Zero(isNegative);
        return Round(ProductOf(x, y), format, mode, ref flags);
    }

    /// <summary>a * b + c, rounded once.</summary>
    public static ulong MultiplyAdd(ulong a, ulong b, ulong c, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        var x = UnpackedFloat.Unpack(a, format);
        var y = UnpackedFloat.Unpack(b, format);
        var z = UnpackedFloat.Unpack(c, format);
        if (IsInfinityTimesZero(x, y))
        {
            // Invalid even where the addend is a quiet NaN.
            return Invalid(format, ref flags);
        }

        if (x.IsNaN || y.IsNaN || z.IsNaN)
        {
            z.Signal(ref flags);
            return NaN(x, y, format, ref flags);
        }

        bool isNegative = x.IsNegative != y.IsNegative;
        if (x.Kind == FloatKind.Infinity || y.Kind == FloatKind.Infinity)
            return AddInfinity(new UnpackedFloat(FloatKind.Infinity, isNegative, 0, 0), z, format, ref flags);
        if (z.Kind == FloatKind.Infinity)
            return c;
        bool isZero = x.Kind == FloatKind.Zero || y.Kind == FloatKind.Zero;
        if (z.Kind == FloatKind.Zero)
            return isZero ? AddZeros(isNegative, z.IsNegative, format, mode) : Round(ProductOf(x, y), format, mode, ref flags);
        return isZero ? c : AddTerms(ProductOf(x, y), TermOf(z), format, mode, ref flags);
    }

    /// <summary>The NaN of an operation that has no result.</summary>
    public static ulong Invalid(FloatFormat format, ref FloatFlags flags)
    {
        flags |= FloatFlags.Invalid;
        return format.CanonicalNaN;
    }

    /// <summary>The NaN of an operation on two values one of which is a NaN.</summary>
    public static ulong NaN(UnpackedFloat x, UnpackedFloat y, FloatFormat format, ref FloatFlags flags)
    {
        x.Signal(ref flags);
        y.Signal(ref flags);
        return format.CanonicalNaN;
    }

    private static bool IsInfinityTimesZero(UnpackedFloat x, UnpackedFloat y) =>
        (x.Kind == FloatKind.Infinity && y.Kind == FloatKind.Zero) || (x.Kind == FloatKind.Zero && y.Kind == FloatKind.Infinity);

    private static ulong AddInfinity(UnpackedFloat x, UnpackedFloat y, FloatFormat format, ref FloatFlags flags)
    {
        if (x.Kind == y.Kind && x.IsNegative != y.IsNegative)
            return Invalid(format, ref flags);
        return format.SignedInfinity(x.Kind == FloatKind.Infinity ? x.IsNegative : y.IsNegative);
    }

    private static ulong AddZeros(bool isFirstNegative, bool isSecondNegative, FloatFormat format, RoundingMode mode) =>
        format.Zero(isFirstNegative == isSecondNegative ? isFirstNegative : mode == RoundingMode.Down);

    private static Term TermOf(UnpackedFloat value) =>
        new(value.IsNegative, value.Exponent, (UInt128)value.Significand << 63);

    private static Term ProductOf(UnpackedFloat x, UnpackedFloat y)
    {
        ulong high = Math.BigMul(x.Significand, y.Significand, out ulong low);
        var product = new UInt128(high, low);
        int exponent = x.Exponent + y.Exponent;
        bool isNegative = x.IsNegative != y.IsNegative;

        // Significands end in zeros, so the shift loses nothing.
        return high >> 63 != 0 ? new Term(isNegative, exponent + 1, product >> 1) : new Term(isNegative, exponent, product);
    }

    /// <summary>
    /// Adds two terms. The smaller one is shifted to the other's exponent; bits it loses are far behind the last place, because
    /// terms end in zeros and cancellation of more than one bit needs exponents that differ by one at most.
    /// </summary>
    private static ulong AddTerms(Term x, Term y, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        if (x.Exponent < y.Exponent || (x.Exponent == y.Exponent && x.Significand < y.Significand))
            (x, y) = (y, x);
        UInt128 smaller = StickyShift.Right(y.Significand, x.Exponent - y.Exponent);
        UInt128 sum = x.IsNegative == y.IsNegative ? x.Significand + smaller : x.Significand - smaller;
        return sum == 0
            ? format.Zero(mode == RoundingMode.Down)
            : Round(new Term(x.IsNegative, x.Exponent, sum), format, mode, ref flags);
    }

    /// <summary>Rounds a term whose significand may have any leading bit.</summary>
    private static ulong Round(Term term, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        var leading = (int)UInt128.LeadingZeroCount(term.Significand);
        ulong significand = StickyShift.UpperHalf(term.Significand << leading);
        return FloatRounder.Round(term.IsNegative, term.Exponent + 1 - leading, significand, format, mode, ref flags);
    }
}
