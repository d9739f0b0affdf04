using System.Numerics;

namespace Engine.Emulator.FloatingPoint;

/// <summary>Conversions between formats, and to and from integers.</summary>
internal static class FloatConversion
{
    /// <summary>Converts a value to another format.</summary>
    public static ulong ToFormat(ulong bits, FloatFormat from, FloatFormat to, RoundingMode mode, ref FloatFlags flags)
    {
        var value = UnpackedFloat.Unpack(bits, from);
        value.Signal(ref flags);
        return value.Kind switch
        {
            FloatKind.Zero => to.Zero(value.IsNegative),
            FloatKind.Finite => FloatRounder.Round(value.IsNegative, value.Exponent, value.Significand, to, mode, ref flags),
            FloatKind.Infinity => to.SignedInfinity(value.IsNegative),
            _ => to.CanonicalNaN,
        };
    }

    /// <summary>Converts a signed integer.</summary>
    public static ulong FromSigned(long value, FloatFormat format, RoundingMode mode, ref FloatFlags flags) =>
        FromMagnitude(value < 0, value < 0 ? 0UL - (ulong)value : (ulong)value, format, mode, ref flags);

    /// <summary>Converts an unsigned integer.</summary>
    public static ulong FromUnsigned(ulong value, FloatFormat format, RoundingMode mode, ref FloatFlags flags) =>
        FromMagnitude(isNegative: false, value, format, mode, ref flags);

    /// <summary>
    /// Converts to a signed integer of 32 or 64 bits. What does not fit becomes the nearest end of the range, a NaN the greatest
    /// value; both are invalid and not inexact.
    /// </summary>
    public static long ToSigned(ulong bits, FloatFormat format, int width, RoundingMode mode, ref FloatFlags flags)
    {
        ulong greatest = (1UL << (width - 1)) - 1;
        FloatFlags raised = FloatFlags.None;
        bool fits = TryRound(bits, format, mode, out bool isNegative, out ulong magnitude, ref raised);
        ulong limit = isNegative ? greatest + 1 : greatest;
        if (!fits || magnitude > limit)
        {
            magnitude = limit;
            raised = FloatFlags.Invalid;
        }

        flags |= raised;
        return isNegative ? (long)(0UL - magnitude) : (long)magnitude;
    }

    /// <summary>Converts to an unsigned integer of 32 or 64 bits, as <see cref="ToSigned"/> does.</summary>
    public static ulong ToUnsigned(ulong bits, FloatFormat format, int width, RoundingMode mode, ref FloatFlags flags)
    {
        ulong greatest = ulong.MaxValue >> (64 - width);
        FloatFlags raised = FloatFlags.None;
        bool fits = TryRound(bits, format, mode, out bool isNegative, out ulong magnitude, ref raised);
        ulong limit = isNegative ? 0 : greatest;
        if (!fits || magnitude > limit)
        {
            magnitude = limit;
            raised = FloatFlags.Invalid;
        }

        flags |= raised;
        return magnitude;
    }

    /// <summary>Rounds to an integer; false for what has no magnitude of 64 bits. A NaN counts as positive.</summary>
    private static bool TryRound(
        ulong bits, FloatFormat format, RoundingMode mode, out bool isNegative, out ulong magnitude, ref FloatFlags flags)
    {
        var value = UnpackedFloat.Unpack(bits, format);
        isNegative = value.IsNegative && !value.IsNaN;
        magnitude = 0;
        if (value.Kind == FloatKind.Zero)
            return true;
        if (value.Kind != FloatKind.Finite || value.Exponent > 63)
            return false;
        ulong rest;
        if (value.Exponent < 0)
        {
            rest = StickyShift.Right(value.Significand, -1 - value.Exponent);
        }
        else
        {
            magnitude = value.Significand >> (63 - value.Exponent);
            rest = value.Exponent == 63 ? 0 : value.Significand << (value.Exponent + 1);
        }

        if (rest == 0)
            return true;
        flags |= FloatFlags.Inexact;

        // A significand ends in zeros: only one with a rest is counted up, and that one is far from the end of the range.
        if (FloatRounder.Increments(rest, (magnitude & 1) != 0, isNegative, mode))
            magnitude++;
        return true;
    }

    private static ulong FromMagnitude(
        bool isNegative, ulong magnitude, FloatFormat format, RoundingMode mode, ref FloatFlags flags)
    {
        if (magnitude == 0)
            return 0;
        int leading = BitOperations.LeadingZeroCount(magnitude);
        return FloatRounder.Round(isNegative, 63 - leading, magnitude << leading, format, mode, ref flags);
    }
}
