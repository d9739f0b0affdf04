using Engine.Emulator.Devices;
using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed partial class MachineEvents
{
    private readonly List<DeviceIoCompleted> _heldTransfers = [];
    private bool _holdsTransfers;

    /// <summary>A translation failed.</summary>
    public void PageFaulted(ulong address, MemoryAccessKind kind, PrivilegeMode privilege)
    {
        if (_pageFaulted is { IsEnabled: true } lane)
            lane.Publish(new PageFaulted(Here(), address, kind, privilege));
    }

    /// <summary>The hart takes an exception.</summary>
    public void ExceptionRaised(ulong cause, ulong value, PrivilegeMode from, PrivilegeMode to)
    {
        if (_exceptionRaised is { IsEnabled: true } lane)
            lane.Publish(new ExceptionRaised(Here(), cause, value, from, to));
    }

    /// <summary>The hart takes an interrupt.</summary>
    public void InterruptRaised(uint cause, PrivilegeMode from, PrivilegeMode to)
    {
        if (_interruptRaised is not { IsEnabled: true } lane)
            return;
        lane.Publish(InterruptAt(Here(), cause, from, to));
    }

    /// <summary>The event of an interrupt that is taken.</summary>
    public InterruptRaised InterruptAt(ExecutionPoint at, uint cause, PrivilegeMode from, PrivilegeMode to)
    {
        int source = InterruptController?.PendingSource((int)cause, _vCpu) ?? 0;
        return new InterruptRaised(at, cause, (uint)source, from, to, _devicesBySource.GetValueOrDefault(source));
    }

    /// <summary>Notes which device drives an interrupt source.</summary>
    /// <param name="source">Number of the controller's source.</param>
    /// <param name="deviceId">Number of the device; 0 for none any more.</param>
    public void Connect(int source, uint deviceId) => _devicesBySource[source] = (ushort)deviceId;

    /// <summary>A trap handler returned.</summary>
    public void InterruptReturned(ulong returnPc, PrivilegeMode from, PrivilegeMode to)
    {
        if (_interruptReturned is { IsEnabled: true } lane)
            lane.Publish(new InterruptReturned(Here(), returnPc, from, to));
    }

    /// <summary>The guest executed ecall.</summary>
    public void GuestCalled(ulong function, ulong argument, PrivilegeMode from)
    {
        if (_guestCalled is { IsEnabled: true } lane)
            lane.Publish(new GuestCalled(Here(), function, argument, from));
    }

    /// <summary>The guest accessed a device register.</summary>
    public void MmioAccessed(ulong address, ulong value, uint size, MemoryAccessKind kind)
    {
        if (_mmioAccessed is { IsEnabled: true } lane)
            lane.Publish(new MmioAccessed(Here(), address, value, size, kind));
    }

    /// <summary>The run ended.</summary>
    public void Exited(VCpuExitReason reason, int exitCode, ulong detail)
    {
        if (_exited is { IsEnabled: true } lane)
            lane.Publish(new VCpuExited(Here(), reason, exitCode, detail));
    }

    /// <summary>A block was decoded.</summary>
    public void CodeTranslated(ulong physicalAddress, uint instructionCount, uint byteCount)
    {
        if (_codeTranslated is { IsEnabled: true } lane)
            lane.Publish(new CodeTranslated(Here(), physicalAddress, instructionCount, byteCount));
    }

    /// <summary>A block was executed often.</summary>
    public void HotSpotDetected(ulong blockPc, ulong executionCount)
    {
        if (_hotSpot is { IsEnabled: true } lane)
            lane.Publish(new HotSpotDetected(Here(), blockPc, executionCount));
    }

    /// <summary>A device was attached.</summary>
    public void DeviceAdded(uint deviceId, MachineDeviceKind kind, ulong baseAddress)
    {
        if (_deviceAdded is { IsEnabled: true } lane)
            lane.Publish(new DeviceAdded(Here(), deviceId, (uint)kind, baseAddress));
    }

    /// <summary>A device was detached.</summary>
    public void DeviceRemoved(uint deviceId, MachineDeviceKind kind, ulong baseAddress)
    {
        if (_deviceRemoved is { IsEnabled: true } lane)
            lane.Publish(new DeviceRemoved(Here(), deviceId, (uint)kind, baseAddress));
    }

    /// <summary>RAM was allocated.</summary>
    public void MemoryAllocated(ulong address, ulong byteCount)
    {
        if (_memoryAllocated is { IsEnabled: true } lane)
            lane.Publish(new MemoryAllocated(Here(), address, byteCount));
    }

    /// <summary>RAM was freed.</summary>
    public void MemoryFreed(ulong address, ulong byteCount)
    {
        if (_memoryFreed is { IsEnabled: true } lane)
            lane.Publish(new MemoryFreed(Here(), address, byteCount));
    }

    /// <summary>A translation was used for the first time.</summary>
    public void MemoryMapped(ulong virtualAddress, ulong physicalAddress, uint byteCount, uint permissions)
    {
        if (_memoryMapped is { IsEnabled: true } lane)
            lane.Publish(new MemoryMapped(Here(), virtualAddress, physicalAddress, byteCount, permissions));
    }

    /// <summary>A snapshot was written.</summary>
    public void SnapshotCreated(ulong snapshotId, ulong byteCount)
    {
        if (_snapshotCreated is { IsEnabled: true } lane)
            lane.Publish(new SnapshotCreated(Here(), snapshotId, byteCount));
    }

    /// <summary>The machine was set back to a snapshot.</summary>
    public void SnapshotRestored(ulong snapshotId, ulong byteCount)
    {
        if (_snapshotRestored is { IsEnabled: true } lane)
            lane.Publish(new SnapshotRestored(Here(), snapshotId, byteCount));
    }

    /// <summary>A snapshot was deleted.</summary>
    public void SnapshotDeleted(ulong snapshotId, ulong byteCount)
    {
        if (_snapshotDeleted is { IsEnabled: true } lane)
            lane.Publish(new SnapshotDeleted(Here(), snapshotId, byteCount));
    }

    /// <summary>An instruction accessed memory.</summary>
    public void MemoryAccessed(ulong pc, ulong address, ulong value, uint size, MemoryAccessKind kind)
    {
        if (Memory is not { IsEnabled: true } lane)
            return;
        Stamp();
        lane.Publish(new MemoryAccessed(pc, address, value, size, kind));
    }

    /// <inheritdoc/>
    public void IoCompleted(uint deviceId, DeviceIoKind kind, ulong offset, uint byteCount, uint status)
    {
        if (_ioCompleted is not { IsEnabled: true } lane)
            return;
        var completed = new DeviceIoCompleted(Here(), deviceId, kind, offset, byteCount, status);
        if (_holdsTransfers)
            _heldTransfers.Add(completed);
        else
            lane.Publish(completed);
    }

    /// <summary>
    /// The hart is about to use devices that others wait for meanwhile: transfers are published afterwards, because publishing may wait
    /// for a hart that waits for the devices.
    /// </summary>
    public void HoldTransfers() => _holdsTransfers = true;

    /// <summary>The devices are free again: publishes the transfers of meanwhile, in their order.</summary>
    public void PublishTransfers()
    {
        _holdsTransfers = false;
        if (_heldTransfers.Count == 0)
            return;
        DeviceIoCompleted[] held = [.. _heldTransfers];
        _heldTransfers.Clear();
        foreach (DeviceIoCompleted completed in held)
            _ioCompleted?.Publish(completed);
    }
}
