namespace Engine.Emulator.Cpu;

/// <summary>Instructions of the F and D extensions.</summary>
internal static partial class Decoder
{
    private const uint FormatSingle = 0;
    private const uint FormatDouble = 1;

    private static MicroOpCode DecodeFloatLoad(uint function3) => function3 switch
    {
        2 => MicroOpCode.Flw,
        3 => MicroOpCode.Fld,
        _ => MicroOpCode.Illegal,
    };

    private static MicroOpCode DecodeFloatStore(uint function3) => function3 switch
    {
        2 => MicroOpCode.Fsw,
        3 => MicroOpCode.Fsd,
        _ => MicroOpCode.Illegal,
    };

    /// <summary>Floating-point registers have no sink: f0 is a register as any other.</summary>
    private static bool WritesFloatRegister(in MicroOp op) => op.Code is MicroOpCode.Flw or MicroOpCode.Fld
        || (op.Code == MicroOpCode.Float && FloatImmediate.Operation(op.Imm) < FloatOperation.ToSigned32);

    private static void DecodeFloat(ref MicroOp op, uint instruction)
    {
        uint format = (instruction >> 25) & 3;
        uint mode = (instruction >> 12) & 7;
        FloatOperation? operation = format > FormatDouble ? null : (instruction & 0x7F) switch
        {
            0x43 => FloatOperation.MultiplyAdd,
            0x47 => FloatOperation.MultiplySubtract,
            0x4B => FloatOperation.NegatedMultiplySubtract,
            0x4F => FloatOperation.NegatedMultiplyAdd,
            _ => FloatOperationOf(instruction >> 27, format, mode, (instruction >> 20) & 31),
        };
        if (operation is not FloatOperation known)
        {
            op.Code = MicroOpCode.Illegal;
            return;
        }

        op.Code = MicroOpCode.Float;
        op.Imm = FloatImmediate.Pack(known, format == FormatDouble, HasRounding(known) ? mode : 0, instruction >> 27);
    }

    private static FloatOperation? FloatOperationOf(uint function5, uint format, uint function3, uint second) => function5 switch
    {
        0 => FloatOperation.Add,
        1 => FloatOperation.Subtract,
        2 => FloatOperation.Multiply,
        3 => FloatOperation.Divide,
        4 when function3 <= 2 => FloatOperation.SignCopy + (byte)function3,
        5 when function3 <= 1 => FloatOperation.Minimum + (byte)function3,
        8 when second <= FormatDouble && second != format => FloatOperation.ConvertFormat,
        11 when second == 0 => FloatOperation.SquareRoot,
        20 when function3 <= 2 => FloatOperation.LessOrEqual + (byte)function3,
        24 when second <= 3 => FloatOperation.ToSigned32 + (byte)second,
        26 when second <= 3 => FloatOperation.FromSigned32 + (byte)second,
        28 when second == 0 && function3 <= 1 => FloatOperation.MoveToInteger + (byte)function3,
        30 when second == 0 && function3 == 0 => FloatOperation.MoveFromInteger,
        _ => null,
    };

    private static bool HasRounding(FloatOperation operation) => operation is <= FloatOperation.NegatedMultiplyAdd
        or (>= FloatOperation.ConvertFormat and <= FloatOperation.FromUnsigned64)
        or (>= FloatOperation.ToSigned32 and <= FloatOperation.ToUnsigned64);
}
