namespace Engine.Tests.Emulator.FloatingPoint;

/// <summary>Operands where arithmetic goes wrong if it does: ends, neighbours, subnormals, halves, NaNs, and any bits at all.</summary>
internal sealed class FloatOperands(ReferenceFormat format, int seed)
{
    private readonly Random _random = new(seed);

    public ulong Next()
    {
        ulong sign = _random.Next(2) == 0 ? 0 : format.Sign;
        return sign | (_random.Next(10) switch
        {
            0 => Special(),
            1 => (ulong)_random.NextInt64(1L << format.FractionBits),
            2 => FewBits(),
            <= 6 => Near(format.MaximumExponent, 80),
            7 => Near(1, format.FractionBits + 3),
            8 => Near((2 * format.MaximumExponent) - 40, 41),
            _ => (ulong)_random.NextInt64() & (format.Sign - 1),
        });
    }

    /// <summary>A magnitude at or beside a value that means something.</summary>
    private ulong Special()
    {
        ulong unit = 1UL << format.FractionBits;
        ulong[] values =
        [
            0, 1, unit, format.Infinity, format.NaN, format.Infinity + 1, (ulong)format.MaximumExponent * unit,
            (ulong)(format.MaximumExponent + 31) * unit, (ulong)(format.MaximumExponent + 32) * unit,
            (ulong)(format.MaximumExponent + 63) * unit, (ulong)(format.MaximumExponent + 64) * unit,
            (ulong)(format.MaximumExponent - 1) * unit,
        ];
        ulong value = values[_random.Next(values.Length)];
        return Math.Clamp(value + (ulong)_random.Next(2), 0, format.Sign - 1) - (value > 1 ? (ulong)_random.Next(2) : 0);
    }

    private ulong FewBits() =>
        ((ulong)_random.Next(1, 2 * format.MaximumExponent) << format.FractionBits)
        | (1UL << _random.Next(format.FractionBits)) | (1UL << _random.Next(format.FractionBits));

    private ulong Near(int stored, int spread)
    {
        int exponent = Math.Clamp(stored + _random.Next(-spread, spread + 1), 0, (2 * format.MaximumExponent) + 1);
        return ((ulong)exponent << format.FractionBits) | (ulong)_random.NextInt64(1L << format.FractionBits);
    }
}
