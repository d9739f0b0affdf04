namespace Engine.Emulator.FloatingPoint;

/// <summary>Accrued exceptions, as the bits of fflags.</summary>
[Flags]
internal enum FloatFlags : byte
{
    None = 0,
    Inexact = 1,
    Underflow = 2,
    Overflow = 4,
    DivideByZero = 8,
    Invalid = 16,
    All = 31,
}
