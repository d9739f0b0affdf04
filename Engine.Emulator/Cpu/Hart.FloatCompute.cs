using Engine.Emulator.FloatingPoint;

namespace Engine.Emulator.Cpu;

/// <summary>Arithmetic: by the host where that is exact, otherwise in software.</summary>
internal sealed unsafe partial class Hart
{
    private ulong ComputeDouble(MicroOp* op, FloatOperation operation, RoundingMode mode)
    {
        ulong a = _state->F[op->Rs1];
        ulong b = _state->F[op->Rs2];
        ulong c = _state->F[FloatImmediate.ThirdSource(op->Imm)];
        if (!HostArithmetic.IsExact(mode, _floatFlags))
            return ComputeInSoftware(operation, a, b, c, FloatFormat.Double, mode);
        double x = BitConverter.UInt64BitsToDouble(a);
        double y = BitConverter.UInt64BitsToDouble(b);
        double z = BitConverter.UInt64BitsToDouble(c);
        double result = operation switch
        {
            FloatOperation.Add => x + y,
            FloatOperation.Subtract => x - y,
            FloatOperation.Multiply => x * y,
            FloatOperation.Divide => x / y,
            FloatOperation.SquareRoot => Math.Sqrt(x),
            FloatOperation.MultiplyAdd => Math.FusedMultiplyAdd(x, y, z),
            FloatOperation.MultiplySubtract => Math.FusedMultiplyAdd(x, y, -z),
            FloatOperation.NegatedMultiplySubtract => Math.FusedMultiplyAdd(-x, y, z),
            _ => Math.FusedMultiplyAdd(-x, y, -z),
        };
        return HostArithmetic.IsSafe(result)
            ? BitConverter.DoubleToUInt64Bits(result)
            : ComputeInSoftware(operation, a, b, c, FloatFormat.Double, mode);
    }

    private ulong ComputeSingle(MicroOp* op, FloatOperation operation, RoundingMode mode)
    {
        ulong a = SingleIn(op->Rs1);
        ulong b = SingleIn(op->Rs2);
        ulong c = SingleIn(FloatImmediate.ThirdSource(op->Imm));
        if (!HostArithmetic.IsExact(mode, _floatFlags))
            return ComputeInSoftware(operation, a, b, c, FloatFormat.Single, mode);
        float x = BitConverter.UInt32BitsToSingle((uint)a);
        float y = BitConverter.UInt32BitsToSingle((uint)b);
        float z = BitConverter.UInt32BitsToSingle((uint)c);
        float result = operation switch
        {
            FloatOperation.Add => x + y,
            FloatOperation.Subtract => x - y,
            FloatOperation.Multiply => x * y,
            FloatOperation.Divide => x / y,
            FloatOperation.SquareRoot => MathF.Sqrt(x),
            FloatOperation.MultiplyAdd => MathF.FusedMultiplyAdd(x, y, z),
            FloatOperation.MultiplySubtract => MathF.FusedMultiplyAdd(x, y, -z),
            FloatOperation.NegatedMultiplySubtract => MathF.FusedMultiplyAdd(-x, y, z),
            _ => MathF.FusedMultiplyAdd(-x, y, -z),
        };
        return HostArithmetic.IsSafe(result)
            ? BitConverter.SingleToUInt32Bits(result)
            : ComputeInSoftware(operation, a, b, c, FloatFormat.Single, mode);
    }

    private ulong ComputeInSoftware(FloatOperation operation, ulong a, ulong b, ulong c, FloatFormat format, RoundingMode mode)
    {
        // The sign of a NaN does not matter, since no operation returns it.
        ulong sign = format.SignBit;
        return operation switch
        {
            FloatOperation.Add => SoftArithmetic.Add(a, b, format, mode, ref _floatFlags),
            FloatOperation.Subtract => SoftArithmetic.Add(a, b ^ sign, format, mode, ref _floatFlags),
            FloatOperation.Multiply => SoftArithmetic.Multiply(a, b, format, mode, ref _floatFlags),
            FloatOperation.Divide => SoftDivision.Divide(a, b, format, mode, ref _floatFlags),
            FloatOperation.SquareRoot => SoftDivision.SquareRoot(a, format, mode, ref _floatFlags),
            FloatOperation.MultiplyAdd => SoftArithmetic.MultiplyAdd(a, b, c, format, mode, ref _floatFlags),
            FloatOperation.MultiplySubtract => SoftArithmetic.MultiplyAdd(a, b, c ^ sign, format, mode, ref _floatFlags),
            FloatOperation.NegatedMultiplySubtract => SoftArithmetic.MultiplyAdd(a ^ sign, b, c, format, mode, ref _floatFlags),
            _ => SoftArithmetic.MultiplyAdd(a ^ sign, b, c ^ sign, format, mode, ref _floatFlags),
        };
    }

    /// <summary>The new contents of a floating-point register.</summary>
    private ulong MovedOrConverted(MicroOp* op, FloatOperation operation, RoundingMode mode)
    {
        bool isDouble = FloatImmediate.IsDouble(op->Imm);
        FloatFormat format = FloatImmediate.Format(op->Imm);
        ulong integer = _state->X[op->Rs1];
        ulong bits = operation switch
        {
            FloatOperation.MoveFromInteger => isDouble ? integer : (uint)integer,
            FloatOperation.FromSigned32 => FloatConversion.FromSigned((int)integer, format, mode, ref _floatFlags),
            FloatOperation.FromUnsigned32 => FloatConversion.FromUnsigned((uint)integer, format, mode, ref _floatFlags),
            FloatOperation.FromSigned64 => FloatConversion.FromSigned((long)integer, format, mode, ref _floatFlags),
            FloatOperation.FromUnsigned64 => FloatConversion.FromUnsigned(integer, format, mode, ref _floatFlags),
            FloatOperation.ConvertFormat when isDouble =>
                FloatConversion.ToFormat(SingleIn(op->Rs1), FloatFormat.Single, format, mode, ref _floatFlags),
            FloatOperation.ConvertFormat =>
                FloatConversion.ToFormat(_state->F[op->Rs1], FloatFormat.Double, format, mode, ref _floatFlags),
            _ => Selected(FloatIn(op->Rs1, isDouble), FloatIn(op->Rs2, isDouble), operation, format),
        };
        return isDouble ? bits : bits | BoxOfSingle;
    }

    private ulong Selected(ulong a, ulong b, FloatOperation operation, FloatFormat format)
    {
        ulong sign = format.SignBit;
        return operation switch
        {
            FloatOperation.Minimum => FloatComparison.Extreme(a, b, greater: false, format, ref _floatFlags),
            FloatOperation.Maximum => FloatComparison.Extreme(a, b, greater: true, format, ref _floatFlags),
            FloatOperation.SignCopy => (a & ~sign) | (b & sign),
            FloatOperation.SignNegate => (a & ~sign) | (~b & sign),
            _ => a ^ (b & sign),
        };
    }

    /// <summary>The new contents of an integer register.</summary>
    private ulong IntegerOf(MicroOp* op, FloatOperation operation, RoundingMode mode)
    {
        bool isDouble = FloatImmediate.IsDouble(op->Imm);
        FloatFormat format = FloatImmediate.Format(op->Imm);
        if (operation == FloatOperation.MoveToInteger)
            return isDouble ? _state->F[op->Rs1] : (ulong)(int)_state->F[op->Rs1];
        ulong a = FloatIn(op->Rs1, isDouble);
        ulong b = FloatIn(op->Rs2, isDouble);
        return operation switch
        {
            FloatOperation.ToSigned32 => (ulong)FloatConversion.ToSigned(a, format, 32, mode, ref _floatFlags),
            FloatOperation.ToUnsigned32 => (ulong)(int)FloatConversion.ToUnsigned(a, format, 32, mode, ref _floatFlags),
            FloatOperation.ToSigned64 => (ulong)FloatConversion.ToSigned(a, format, 64, mode, ref _floatFlags),
            FloatOperation.ToUnsigned64 => FloatConversion.ToUnsigned(a, format, 64, mode, ref _floatFlags),
            FloatOperation.Classify => FloatClass.Of(a, format),
            FloatOperation.LessOrEqual => FloatComparison.IsLessOrEqual(a, b, format, ref _floatFlags) ? 1UL : 0,
            FloatOperation.Less => FloatComparison.IsLess(a, b, format, ref _floatFlags) ? 1UL : 0,
            _ => FloatComparison.AreEqual(a, b, format, ref _floatFlags) ? 1UL : 0,
        };
    }
}
