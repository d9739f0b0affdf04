using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    /// <summary>Follows calls and traps, or null.</summary>
    public CallRecorder? Calls { get; set; }

    /// <summary>The translation that is in force: satp.</summary>
    public ulong AddressSpace => _satp;

    /// <summary>Reads a CSR between two instructions, whatever the mode; 0 when it does not exist.</summary>
    public ulong ReadCsr(int number)
    {
        TryReadCsr(number, out ulong value);
        return value;
    }

    /// <summary>Writes a CSR between two instructions, whatever the mode; false when it does not exist.</summary>
    public bool WriteCsr(int number, ulong value) => TryWriteCsr(number, value);

    /// <summary>Sets the privilege mode between two instructions.</summary>
    public void SetMode(PrivilegeMode mode)
    {
        Mode = mode;
        SelectContext();
    }
}
