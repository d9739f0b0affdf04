using Engine.Emulator.Cpu;
using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Emulator;

/// <summary>The one place through which the machine publishes events.</summary>
internal sealed class MachineEvents
{
    public Hart? Hart { get; set; }

    public void CodeTranslated(ulong physicalAddress, uint instructionCount, uint byteCount) { }
    public void MemoryMapped(ulong virtualAddress, ulong physicalAddress, uint byteCount, uint permissions) { }
    public void MemoryAccessed(ulong pc, ulong address, ulong value, uint size, MemoryAccessKind kind) { }
    public void MmioAccessed(ulong address, ulong value, uint size, MemoryAccessKind kind) { }
    public void PageFaulted(ulong address, MemoryAccessKind kind, PrivilegeMode privilege) { }
    public void GuestCalled(ulong function, ulong argument, PrivilegeMode from) { }
    public void ExceptionRaised(ulong cause, ulong value, PrivilegeMode from, PrivilegeMode to) { }
    public void InterruptRaised(uint cause, PrivilegeMode from, PrivilegeMode to) { }
    public void InterruptReturned(ulong returnPc, PrivilegeMode from, PrivilegeMode to) { }
    public void Exited(VCpuExitReason reason, int exitCode) { }
    public void DeviceAdded(uint id, ulong baseAddress) { }
    public void DeviceRemoved(uint id, ulong baseAddress) { }
}
