using System.Numerics;

namespace Engine.Tests.Emulator.FloatingPoint;

/// <summary>An exact rational number with a positive denominator, not reduced.</summary>
internal readonly record struct Fraction(BigInteger Numerator, BigInteger Denominator)
{
    public bool IsZero => Numerator.IsZero;

    public static Fraction operator +(Fraction a, Fraction b) =>
        new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Fraction operator *(Fraction a, Fraction b) =>
        new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Fraction operator /(Fraction a, Fraction b)
    {
        Fraction quotient = new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);
        return quotient.Denominator.Sign < 0 ? new(-quotient.Numerator, -quotient.Denominator) : quotient;
    }

    /// <summary>Times a power of two.</summary>
    public static Fraction Scale(Fraction value, int exponent) => exponent >= 0
        ? new(value.Numerator << exponent, value.Denominator)
        : new(value.Numerator, value.Denominator << -exponent);

    /// <summary>
    /// A square root to 400 bits behind the point; where it is not exact it lies between two of them, which rounds as the root itself.
    /// </summary>
    public Fraction SquareRoot()
    {
        const int Digits = 400;
        BigInteger radicand = (Numerator * Denominator) << (2 * Digits);
        BigInteger root = BigInteger.One << ((int)(radicand.GetBitLength() / 2) + 1);
        while (true)
        {
            BigInteger next = (root + (radicand / root)) >> 1;
            if (next >= root)
                break;
            root = next;
        }

        return new((2 * root) + (root * root == radicand ? 0 : 1), Denominator << (Digits + 1));
    }

    /// <summary>The exponent of the greatest power of two that is not above a positive value.</summary>
    public int FloorOfLogarithm()
    {
        var estimate = (int)(Numerator.GetBitLength() - Denominator.GetBitLength());
        return CompareToPower(estimate) >= 0 ? estimate : estimate - 1;
    }

    private int CompareToPower(int exponent) => exponent >= 0
        ? Numerator.CompareTo(Denominator << exponent)
        : (Numerator << -exponent).CompareTo(Denominator);
}
