using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.page-fault</c>: an address translation failed; the guest takes a page-fault exception. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="Address">Guest virtual address that could not be translated.</param>
/// <param name="Kind">What kind of access failed.</param>
/// <param name="Privilege">The mode the access was made with.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct PageFaulted(
    ExecutionPoint At,
    ulong Address,
    MemoryAccessKind Kind,
    PrivilegeMode Privilege) : IEvent<PageFaulted>, IExecutionPointEvent, IAddressedEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.page-fault")
    {
        Shard = "vm.fault",
        Capacity = 8192,
        Priority = EventPriority.High,
    };
}
