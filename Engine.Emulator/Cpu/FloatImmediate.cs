using Engine.Emulator.FloatingPoint;

namespace Engine.Emulator.Cpu;

/// <summary>
/// What the immediate of a <see cref="MicroOpCode.Float"/> micro-op holds: operation, format, rounding mode, third source.
/// </summary>
internal static class FloatImmediate
{
    /// <summary>The rounding mode that stands for the one in frm.</summary>
    public const int Dynamic = 7;

    private const int DoubleBit = 1 << 8;
    private const int ModeShift = 9;
    private const int ThirdSourceShift = 12;

    /// <summary>Packs them.</summary>
    public static int Pack(FloatOperation operation, bool isDouble, uint mode, uint thirdSource) =>
        (int)operation | (isDouble ? DoubleBit : 0) | (int)(mode << ModeShift) | (int)(thirdSource << ThirdSourceShift);

    public static FloatOperation Operation(int immediate) => (FloatOperation)immediate;

    public static bool IsDouble(int immediate) => (immediate & DoubleBit) != 0;

    public static FloatFormat Format(int immediate) => IsDouble(immediate) ? FloatFormat.Double : FloatFormat.Single;

    /// <summary>The rm field, or <see cref="RoundingMode.NearestEven"/> for an operation that has none.</summary>
    public static int Mode(int immediate) => (immediate >> ModeShift) & 7;

    public static int ThirdSource(int immediate) => (immediate >> ThirdSourceShift) & 31;
}
