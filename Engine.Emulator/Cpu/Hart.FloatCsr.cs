using Engine.Emulator.FloatingPoint;

namespace Engine.Emulator.Cpu;

/// <summary>fflags, frm and fcsr. They exist while mstatus.FS is not Off.</summary>
internal sealed unsafe partial class Hart
{
    private const int RoundingShift = 5;

    private ulong FloatControl
    {
        get => ((ulong)_floatRounding << RoundingShift) | (ulong)_floatFlags;
        set
        {
            _floatFlags = (FloatFlags)value & FloatFlags.All;
            _floatRounding = (int)(value >> RoundingShift) & 7;
        }
    }

    private bool TryReadFloatCsr(int number, out ulong value)
    {
        value = number switch
        {
            CsrNumber.Fflags => (ulong)_floatFlags,
            CsrNumber.Frm => (ulong)_floatRounding,
            _ => FloatControl,
        };
        return !IsFloatOff;
    }

    private bool TryWriteFloatCsr(int number, ulong value)
    {
        if (IsFloatOff)
            return false;
        FloatControl = number switch
        {
            CsrNumber.Fflags => (FloatControl & ~(ulong)FloatFlags.All) | (value & (ulong)FloatFlags.All),
            CsrNumber.Frm => (FloatControl & (ulong)FloatFlags.All) | (value << RoundingShift),
            _ => value,
        };
        MarkFloatDirty();
        return true;
    }
}
