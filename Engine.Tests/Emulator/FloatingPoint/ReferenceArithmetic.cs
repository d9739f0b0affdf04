using System.Numerics;

namespace Engine.Tests.Emulator.FloatingPoint;

/// <summary>What the specification says of each operation, on exact values.</summary>
internal sealed class ReferenceArithmetic(ReferenceFormat format)
{
    public int Flags { get; set; }

    public ulong Add(ulong a, ulong b, int mode) => MultiplyAdd(a, One, b, mode);

    public ulong Multiply(ulong a, ulong b, int mode)
    {
        if (Special(a, b) is ulong special)
            return special;
        ulong sign = (a ^ b) & format.Sign;
        if (format.IsInfinity(a) || format.IsInfinity(b))
            return format.IsZero(a) || format.IsZero(b) ? Invalid() : sign | format.Infinity;
        return format.IsZero(a) || format.IsZero(b) ? sign : Round(format.Value(a) * format.Value(b), mode);
    }

    public ulong MultiplyAdd(ulong a, ulong b, ulong c, int mode)
    {
        bool isInvalid = (format.IsInfinity(a) && format.IsZero(b)) || (format.IsZero(a) && format.IsInfinity(b));
        bool isSignaling = format.IsSignaling(a) || format.IsSignaling(b) || format.IsSignaling(c);
        if (isInvalid || isSignaling)
            return Invalid();
        if (format.IsNaN(a) || format.IsNaN(b) || format.IsNaN(c))
            return format.NaN;
        ulong sign = (a ^ b) & format.Sign;
        if (format.IsInfinity(a) || format.IsInfinity(b))
            return format.IsInfinity(c) && (c & format.Sign) != sign ? Invalid() : sign | format.Infinity;
        if (format.IsInfinity(c))
            return c;
        Fraction sum = (format.Value(a) * format.Value(b)) + format.Value(c);
        if (!sum.IsZero)
            return Round(sum, mode);
        bool areBothZero = (format.IsZero(a) || format.IsZero(b)) && sign == (c & format.Sign);
        return areBothZero ? sign : mode == 2 ? format.Sign : 0;
    }

    public ulong Divide(ulong a, ulong b, int mode)
    {
        if (Special(a, b) is ulong special)
            return special;
        ulong sign = (a ^ b) & format.Sign;
        if ((format.IsInfinity(a) && format.IsInfinity(b)) || (format.IsZero(a) && format.IsZero(b)))
            return Invalid();
        if (format.IsInfinity(a))
            return sign | format.Infinity;
        if (format.IsInfinity(b) || format.IsZero(a))
            return sign;
        if (!format.IsZero(b))
            return Round(format.Value(a) / format.Value(b), mode);
        Flags |= ReferenceFormat.DivideByZero;
        return sign | format.Infinity;
    }

    public ulong SquareRoot(ulong a, int mode)
    {
        if (Special(a, a) is ulong special)
            return special;
        if (format.IsZero(a))
            return a;
        if (format.IsNegative(a))
            return Invalid();
        return format.IsInfinity(a) ? a : Round(format.Value(a).SquareRoot(), mode);
    }

    public ulong ToFormat(ulong a, ReferenceFormat to, int mode)
    {
        if (format.IsSignaling(a))
            Flags |= ReferenceFormat.Invalid;
        ulong sign = format.IsNegative(a) ? to.Sign : 0;
        if (format.IsNaN(a))
            return to.NaN;
        if (format.IsInfinity(a))
            return sign | to.Infinity;
        if (format.IsZero(a))
            return sign;
        int flags = Flags;
        ulong result = to.Round(format.Value(a), mode, ref flags);
        Flags = flags;
        return result;
    }

    public ulong FromInteger(BigInteger value, int mode) => value.IsZero ? 0 : Round(new Fraction(value, 1), mode);

    /// <summary>Converts to an integer of a range, as the low 64 bits of the sign-extended result.</summary>
    public BigInteger ToInteger(ulong a, BigInteger least, BigInteger greatest, int mode)
    {
        if (format.IsNaN(a) || format.IsInfinity(a))
        {
            Flags |= ReferenceFormat.Invalid;
            return format.IsNaN(a) || !format.IsNegative(a) ? greatest : least;
        }

        Fraction value = format.Value(a);
        bool isNegative = format.IsNegative(a);
        BigInteger magnitude = ReferenceFormat.RoundToInteger(
            new Fraction(BigInteger.Abs(value.Numerator), value.Denominator), isNegative, mode, out bool isInexact);
        BigInteger rounded = isNegative ? -magnitude : magnitude;
        if (rounded < least || rounded > greatest)
        {
            Flags |= ReferenceFormat.Invalid;
            return rounded < least ? least : greatest;
        }

        Flags |= isInexact ? ReferenceFormat.Inexact : 0;
        return rounded;
    }

    /// <summary>-1, 0 or 1, or null for a NaN.</summary>
    public int? Compare(ulong a, ulong b, bool signalsQuiet)
    {
        if (format.IsNaN(a) || format.IsNaN(b))
        {
            if (signalsQuiet || format.IsSignaling(a) || format.IsSignaling(b))
                Flags |= ReferenceFormat.Invalid;
            return null;
        }

        return Order(a).CompareTo(Order(b));

        // Infinity counts as the power of two behind the greatest number.
        BigInteger Order(ulong bits)
        {
            Fraction value = format.Value(format.IsInfinity(bits) ? (bits & format.Sign) | (format.Infinity - 1) : bits);
            BigInteger scaled = (value.Numerator << 1200) / value.Denominator;
            return format.IsInfinity(bits) ? scaled * 2 : scaled;
        }
    }

    public ulong Extreme(ulong a, ulong b, bool greater)
    {
        if (format.IsSignaling(a) || format.IsSignaling(b))
            Flags |= ReferenceFormat.Invalid;
        if (format.IsNaN(a) || format.IsNaN(b))
            return !format.IsNaN(a) ? a : !format.IsNaN(b) ? b : format.NaN;
        int order = Compare(a, b, signalsQuiet: true)!.Value;
        if (order == 0)
            order = format.IsNegative(b).CompareTo(format.IsNegative(a));
        return order <= 0 == !greater ? a : b;
    }

    private ulong One => (ulong)format.MaximumExponent << format.FractionBits;

    private ulong? Special(ulong a, ulong b)
    {
        if (format.IsSignaling(a) || format.IsSignaling(b))
            return Invalid();
        return format.IsNaN(a) || format.IsNaN(b) ? format.NaN : null;
    }

    private ulong Invalid()
    {
        Flags |= ReferenceFormat.Invalid;
        return format.NaN;
    }

    private ulong Round(Fraction value, int mode)
    {
        int flags = Flags;
        ulong result = format.Round(value, mode, ref flags);
        Flags = flags;
        return result;
    }
}
