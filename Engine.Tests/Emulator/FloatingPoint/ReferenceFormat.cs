using System.Numerics;

namespace Engine.Tests.Emulator.FloatingPoint;

/// <summary>A format of IEEE 754, and rounding of exact fractions to it by arithmetic on integers of any size.</summary>
internal sealed record ReferenceFormat(int FractionBits, int MaximumExponent)
{
    public const int Inexact = 1;
    public const int Underflow = 2;
    public const int Overflow = 4;
    public const int DivideByZero = 8;
    public const int Invalid = 16;

    public static readonly ReferenceFormat Single = new(23, 127);
    public static readonly ReferenceFormat Double = new(52, 1023);

    public int MinimumExponent => 1 - MaximumExponent;

    public int Width => this == Single ? 32 : 64;

    public ulong Sign => 1UL << (Width - 1);

    public ulong Infinity => (ulong)((2 * MaximumExponent) + 1) << FractionBits;

    public ulong NaN => Infinity | (1UL << (FractionBits - 1));

    public bool IsNaN(ulong bits) => (bits & ~Sign) > Infinity;

    public bool IsSignaling(ulong bits) => IsNaN(bits) && (bits & (1UL << (FractionBits - 1))) == 0;

    public bool IsInfinity(ulong bits) => (bits & ~Sign) == Infinity;

    public bool IsZero(ulong bits) => (bits & ~Sign) == 0;

    public bool IsNegative(ulong bits) => (bits & Sign) != 0;

    /// <summary>The exact value of a number.</summary>
    public Fraction Value(ulong bits)
    {
        ulong magnitude = bits & ~Sign;
        var stored = (int)(magnitude >> FractionBits);
        BigInteger digits = magnitude & ((1UL << FractionBits) - 1);
        if (stored != 0)
            digits += BigInteger.One << FractionBits;
        Fraction value = Fraction.Scale(new Fraction(digits, 1), Math.Max(stored, 1) - MaximumExponent - FractionBits);
        return IsNegative(bits) ? new Fraction(-value.Numerator, value.Denominator) : value;
    }

    /// <summary>Rounds a value that is not zero.</summary>
    public ulong Round(Fraction value, int mode, ref int flags)
    {
        bool isNegative = value.Numerator.Sign < 0;
        var magnitude = new Fraction(BigInteger.Abs(value.Numerator), value.Denominator);
        ulong sign = isNegative ? Sign : 0;
        int exponent = magnitude.FloorOfLogarithm();
        int unit = Math.Max(exponent, MinimumExponent) - FractionBits;
        BigInteger rounded = RoundToInteger(Fraction.Scale(magnitude, -unit), isNegative, mode, out bool isInexact);
        if (!isInexact && rounded < (BigInteger.One << (MaximumExponent + 1 - unit)))
            return sign | Encode(rounded, unit);
        BigInteger unbounded = RoundToInteger(Fraction.Scale(magnitude, FractionBits - exponent), isNegative, mode, out _);
        bool isTiny = exponent < MinimumExponent
            && unbounded < (BigInteger.One << (MinimumExponent - exponent + FractionBits));
        if (unit + FractionBits > MaximumExponent || rounded >= (BigInteger.One << (MaximumExponent + 1 - unit)))
        {
            flags |= Overflow | Inexact;
            bool isInfinite = mode is 0 or 4 || (mode == 2 && isNegative) || (mode == 3 && !isNegative);
            return sign | (isInfinite ? Infinity : Infinity - 1);
        }

        flags |= Inexact | (isTiny ? Underflow : 0);
        return sign | Encode(rounded, unit);
    }

    /// <summary>Rounds a magnitude to an integer.</summary>
    public static BigInteger RoundToInteger(Fraction magnitude, bool isNegative, int mode, out bool isInexact)
    {
        BigInteger quotient = BigInteger.DivRem(magnitude.Numerator, magnitude.Denominator, out BigInteger rest);
        isInexact = !rest.IsZero;
        int half = (2 * rest).CompareTo(magnitude.Denominator);
        bool goesUp = mode switch
        {
            0 => half > 0 || (half == 0 && !quotient.IsEven),
            1 => false,
            2 => isInexact && isNegative,
            3 => isInexact && !isNegative,
            _ => half >= 0,
        };
        return goesUp ? quotient + 1 : quotient;
    }

    private ulong Encode(BigInteger digits, int unit)
    {
        if (digits >> (FractionBits + 1) != 0)
        {
            digits >>= 1;
            unit++;
        }

        if (digits >> FractionBits == 0)
            return (ulong)digits;
        return ((ulong)(unit + FractionBits + MaximumExponent) << FractionBits) | ((ulong)digits & ((1UL << FractionBits) - 1));
    }
}
