namespace Engine.Events.Vm;

/// <summary>The privilege a virtual CPU runs with; the numbers are RISC-V's.</summary>
public enum PrivilegeMode : byte
{
    /// <summary>User mode.</summary>
    User = 0,

    /// <summary>Supervisor mode.</summary>
    Supervisor = 1,

    /// <summary>Hypervisor mode.</summary>
    Hypervisor = 2,

    /// <summary>Machine mode.</summary>
    Machine = 3,
}
