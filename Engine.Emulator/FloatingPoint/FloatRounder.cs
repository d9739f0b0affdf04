namespace Engine.Emulator.FloatingPoint;

/// <summary>Rounds exact results to a format, and raises what that raises. Tininess is detected after rounding.</summary>
internal static class FloatRounder
{
    /// <summary>Rounds <c>significand * 2^(exponent - 63)</c>.</summary>
    /// <param name="isNegative">The sign.</param>
    /// <param name="exponent">The exponent.</param>
    /// <param name="significand">Has bit 63; its last bit stands for all that lie behind it.</param>
    /// <param name="format">The format of the result.</param>
    /// <param name="mode">How to round.</param>
    /// <param name="flags">Where flags are raised.</param>
    public static ulong Round(
        bool isNegative, int exponent, ulong significand, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        int excess = 64 - format.Precision;
        int stored = exponent + format.Bias;
        if (stored >= format.SpecialExponent)
            return Overflow(isNegative, format, mode, ref flags);
        bool isTiny = false;
        if (stored < 1)
        {
            isTiny = stored < 0 || !ReachesNextPower(significand, excess, isNegative, mode);
            significand = StickyShift.Right(significand, 1 - stored);
            stored = 1;
        }

        // The leading 1 of a normal significand counts up the stored exponent, as does a carry out of either kind.
        ulong rounded = RoundOff(significand, excess, isNegative, mode, out bool isInexact);
        ulong magnitude = ((ulong)(stored - 1) << format.FractionBits) + rounded;
        if (magnitude >= format.Infinity)
            return Overflow(isNegative, format, mode, ref flags);
        if (isInexact)
            flags |= isTiny ? FloatFlags.Inexact | FloatFlags.Underflow : FloatFlags.Inexact;
        return format.Zero(isNegative) | magnitude;
    }

    /// <summary>Whether what was cut off makes the magnitude one greater.</summary>
    /// <param name="rest">What was cut off, in units of half the last place shifted to bit 63.</param>
    /// <param name="isOdd">Whether the last bit that stays is 1.</param>
    /// <param name="isNegative">The sign.</param>
    /// <param name="mode">How to round.</param>
    public static bool Increments(ulong rest, bool isOdd, bool isNegative, RoundingMode mode)
    {
        const ulong Half = 1UL << 63;
        return mode switch
        {
            RoundingMode.NearestEven => rest > Half || (rest == Half && isOdd),
            RoundingMode.NearestMaxMagnitude => rest >= Half,
            RoundingMode.Down => rest != 0 && isNegative,
            RoundingMode.Up => rest != 0 && !isNegative,
            _ => false,
        };
    }

    private static ulong RoundOff(ulong significand, int excess, bool isNegative, RoundingMode mode, out bool isInexact)
    {
        ulong rest = significand << (64 - excess);
        ulong kept = significand >> excess;
        isInexact = rest != 0;
        return Increments(rest, (kept & 1) != 0, isNegative, mode) ? kept + 1 : kept;
    }

    private static bool ReachesNextPower(ulong significand, int excess, bool isNegative, RoundingMode mode) =>
        RoundOff(significand, excess, isNegative, mode, out _) >> (64 - excess) != 0;

    private static ulong Overflow(bool isNegative, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        flags |= FloatFlags.Overflow | FloatFlags.Inexact;
        bool isAway = mode switch
        {
            RoundingMode.TowardZero => false,
            RoundingMode.Down => isNegative,
            RoundingMode.Up => !isNegative,
            _ => true,
        };
        return format.SignedInfinity(isNegative) - (isAway ? 0UL : 1);
    }
}
