using System.Runtime.CompilerServices;

namespace Engine.Emulator.FloatingPoint;

/// <summary>
/// Arithmetic of the host, used where its result and flags are known to be those of the guest: rounding to nearest, inexact raised
/// already, and a result that is normal, finite and not the least normal number. Such a result comes of numbers only, and could
/// raise nothing but inexact. Everything else is left to the software.
/// </summary>
/// <remarks>The idea, that the flag which is hard to derive is usually raised already, is that of QEMU's <c>hardfloat</c>.</remarks>
internal static class HostArithmetic
{
    /// <summary>Whether the mode and the flags allow the host's arithmetic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsExact(RoundingMode mode, FloatFlags flags) =>
        mode == RoundingMode.NearestEven && (flags & FloatFlags.Inexact) != 0;

    /// <summary>Whether a result of the host's is one that can be taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSafe(double result)
    {
        // Stored exponents from 2 to 2046.
        ulong exponent = (BitConverter.DoubleToUInt64Bits(result) >> 52) & 0x7FF;
        return exponent - 2 <= 2046 - 2;
    }

    /// <summary>Whether a result of the host's is one that can be taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSafe(float result)
    {
        // Stored exponents from 2 to 254.
        uint exponent = (BitConverter.SingleToUInt32Bits(result) >> 23) & 0xFF;
        return exponent - 2 <= 254 - 2;
    }
}
