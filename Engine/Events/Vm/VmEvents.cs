namespace Engine.Events.Vm;

/// <summary>The built-in event types, in the order of their documentation.</summary>
public static class VmEvents
{
    /// <summary>Descriptors of all built-in event types.</summary>
    public static IReadOnlyList<EventDescriptor> All { get; } =
    [
        InstructionRetired.Descriptor,
        BlockExecuted.Descriptor,
        MemoryAccessed.Descriptor,
        PageFaulted.Descriptor,
        ExceptionRaised.Descriptor,
        InterruptRaised.Descriptor,
        InterruptReturned.Descriptor,
        GuestCalled.Descriptor,
        MmioAccessed.Descriptor,
        VCpuExited.Descriptor,
        CodeTranslated.Descriptor,
        HotSpotDetected.Descriptor,
        DeviceAdded.Descriptor,
        DeviceRemoved.Descriptor,
        DeviceIoCompleted.Descriptor,
        MemoryAllocated.Descriptor,
        MemoryFreed.Descriptor,
        MemoryMapped.Descriptor,
        SnapshotCreated.Descriptor,
        SnapshotRestored.Descriptor,
        SnapshotDeleted.Descriptor,
    ];
}
