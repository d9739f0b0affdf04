namespace Engine.Events.Vm;

/// <summary>The built-in event types of a virtual machine, in the order of their documentation: the one list of them.</summary>
public static class VmEvents
{
    /// <summary>Descriptors of all built-in event types.</summary>
    public static IReadOnlyList<EventDescriptor> All { get; } = ReadDescriptors();

    /// <summary>Shows all built-in event types.</summary>
    /// <param name="visitor">Is shown them, on the calling thread.</param>
    public static void Visit(IEventTypeVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        visitor.Visit<InstructionRetired>();
        visitor.Visit<InstructionEncoded>();
        visitor.Visit<BlockExecuted>();
        visitor.Visit<MemoryAccessed>();
        visitor.Visit<PageFaulted>();
        visitor.Visit<ExceptionRaised>();
        visitor.Visit<InterruptRaised>();
        visitor.Visit<InterruptReturned>();
        visitor.Visit<GuestCalled>();
        visitor.Visit<MmioAccessed>();
        visitor.Visit<VCpuExited>();
        visitor.Visit<DetailChanged>();
        visitor.Visit<CodeTranslated>();
        visitor.Visit<HotSpotDetected>();
        visitor.Visit<DeviceAdded>();
        visitor.Visit<DeviceRemoved>();
        visitor.Visit<DeviceIoCompleted>();
        visitor.Visit<MemoryAllocated>();
        visitor.Visit<MemoryFreed>();
        visitor.Visit<MemoryMapped>();
        visitor.Visit<SnapshotCreated>();
        visitor.Visit<SnapshotRestored>();
        visitor.Visit<SnapshotDeleted>();
    }

    private static List<EventDescriptor> ReadDescriptors()
    {
        var descriptors = new Descriptors();
        Visit(descriptors);
        return descriptors.Found;
    }

    private sealed class Descriptors : IEventTypeVisitor
    {
        public List<EventDescriptor> Found { get; } = [];

        public void Visit<T>()
            where T : unmanaged, IEvent<T> =>
            Found.Add(T.Descriptor);
    }
}
