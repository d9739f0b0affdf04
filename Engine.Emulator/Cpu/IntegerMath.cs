using System.Runtime.CompilerServices;

namespace Engine.Emulator.Cpu;

/// <summary>The operations of the M extension whose results differ from those of the host's instructions.</summary>
internal static class IntegerMath
{
    public static ulong MultiplyHighSigned(ulong left, ulong right) =>
        (ulong)Math.BigMul((long)left, (long)right, out _);

    public static ulong MultiplyHighUnsigned(ulong left, ulong right) => Math.BigMul(left, right, out _);

    public static ulong MultiplyHighMixed(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out _);
        return (long)left < 0 ? high - right : high;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Divide(ulong left, ulong right)
    {
        if (right == 0)
            return ulong.MaxValue;
        return right == ulong.MaxValue ? 0 - left : (ulong)((long)left / (long)right);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Remainder(ulong left, ulong right)
    {
        if (right == 0)
            return left;
        return right == ulong.MaxValue ? 0 : (ulong)((long)left % (long)right);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong DivideUnsigned(ulong left, ulong right) => right == 0 ? ulong.MaxValue : left / right;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong RemainderUnsigned(ulong left, ulong right) => right == 0 ? left : left % right;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong DivideWord(ulong left, ulong right)
    {
        int divisor = (int)right;
        if (divisor == 0)
            return ulong.MaxValue;
        return (ulong)(divisor == -1 ? -(int)left : (int)left / divisor);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong RemainderWord(ulong left, ulong right)
    {
        int divisor = (int)right;
        if (divisor == 0)
            return (ulong)(int)left;
        return (ulong)(divisor == -1 ? 0 : (int)left % divisor);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong DivideUnsignedWord(ulong left, ulong right) =>
        (uint)right == 0 ? ulong.MaxValue : (ulong)(int)((uint)left / (uint)right);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong RemainderUnsignedWord(ulong left, ulong right) =>
        (uint)right == 0 ? (ulong)(int)left : (ulong)(int)((uint)left % (uint)right);
}
