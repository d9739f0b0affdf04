namespace Engine.Emulator.Cpu;

/// <summary>What a micro-op of <see cref="MicroOpCode.Float"/> does.</summary>
internal enum FloatOperation : byte
{
    Add, Subtract, Multiply, Divide, SquareRoot,
    MultiplyAdd, MultiplySubtract, NegatedMultiplySubtract, NegatedMultiplyAdd,
    Minimum, Maximum,
    SignCopy, SignNegate, SignXor,
    ConvertFormat,
    FromSigned32, FromUnsigned32, FromSigned64, FromUnsigned64,
    MoveFromInteger,

    /// <summary>From here on the destination is an integer register.</summary>
    ToSigned32, ToUnsigned32, ToSigned64, ToUnsigned64,
    MoveToInteger, Classify,
    LessOrEqual, Less, Equal,
}
