namespace Engine.Events.Vm;

/// <summary>
/// The privilege a virtual CPU runs with. The numbers and names are RISC-V's; those of other architectures stand beside them.
/// </summary>
public enum PrivilegeMode : byte
{
    /// <summary>User mode; x86: rings 1 to 3; ARM: EL0.</summary>
    User = 0,

    /// <summary>Supervisor mode; x86: ring 0; ARM: EL1.</summary>
    Supervisor = 1,

    /// <summary>Hypervisor mode; x86: ring 0 in VMX root operation; ARM: EL2.</summary>
    Hypervisor = 2,

    /// <summary>Machine mode; x86: system management mode; ARM: EL3.</summary>
    Machine = 3,
}
