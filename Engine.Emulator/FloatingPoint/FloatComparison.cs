namespace Engine.Emulator.FloatingPoint;

/// <summary>Comparisons, minimum and maximum.</summary>
internal static class FloatComparison
{
    /// <summary>a == b; invalid for a signaling NaN only.</summary>
    public static bool AreEqual(ulong a, ulong b, FloatFormat format, ref FloatFlags flags)
    {
        if (!format.IsNaN(a) && !format.IsNaN(b))
            return Key(a, format) == Key(b, format);
        if (format.IsSignalingNaN(a) || format.IsSignalingNaN(b))
            flags |= FloatFlags.Invalid;
        return false;
    }

    /// <summary>a &lt; b; invalid for any NaN.</summary>
    public static bool IsLess(ulong a, ulong b, FloatFormat format, ref FloatFlags flags) =>
        AreOrdered(a, b, format, ref flags) && Key(a, format) < Key(b, format);

    /// <summary>a &lt;= b; invalid for any NaN.</summary>
    public static bool IsLessOrEqual(ulong a, ulong b, FloatFormat format, ref FloatFlags flags) =>
        AreOrdered(a, b, format, ref flags) && Key(a, format) <= Key(b, format);

    /// <summary>The lesser or greater of two values. Of a number and a NaN it is the number; -0 is less than +0.</summary>
    public static ulong Extreme(ulong a, ulong b, bool greater, FloatFormat format, ref FloatFlags flags)
    {
        if (format.IsSignalingNaN(a) || format.IsSignalingNaN(b))
            flags |= FloatFlags.Invalid;
        if (format.IsNaN(a))
            return format.IsNaN(b) ? format.CanonicalNaN : b;
        if (format.IsNaN(b))
            return a;
        long x = Key(a, format);
        long y = Key(b, format);

        // Zeros compare equal; the sign decides.
        bool isFirstLess = x == y ? (a & format.SignBit) != 0 : x < y;
        return isFirstLess != greater ? a : b;
    }

    private static bool AreOrdered(ulong a, ulong b, FloatFormat format, ref FloatFlags flags)
    {
        if (!format.IsNaN(a) && !format.IsNaN(b))
            return true;
        flags |= FloatFlags.Invalid;
        return false;
    }

    /// <summary>An integer that is ordered as the values are.</summary>
    private static long Key(ulong bits, FloatFormat format)
    {
        var magnitude = (long)(bits & ~format.SignBit);
        return (bits & format.SignBit) != 0 ? -magnitude : magnitude;
    }
}
