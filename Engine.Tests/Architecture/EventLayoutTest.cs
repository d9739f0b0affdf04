using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Tests.Support;

namespace Engine.Tests.Architecture;

/// <summary>
/// Sizes and field offsets of the built-in events. A slot is the struct itself, and its bytes decide the throughput, so
/// neither may change unnoticed.
/// </summary>
internal sealed class EventLayoutTest
{
    private const string Point = "At@0";

    private static readonly TestCaseData[] Layouts =
    [
        Layout<ExecutionPoint>(24, "RetiredInstructions@0", "Pc@8", "Ordinal@16", "VCpu@20"),
        Layout<InstructionRetired>(16, "Pc@0", "Opcode@8", "Flags@12"),
        Layout<InstructionEncoded>(32, "Pc@0", "Low@8", "High@16", "Flags@24"),
        Layout<BlockExecuted>(16, "FirstPc@0", "RetiredCount@8", "ExitReason@12"),
        Layout<MemoryAccessed>(32, "Pc@0", "Address@8", "Value@16", "Size@24", "Kind@28"),
        Layout<PageFaulted>(40, Point, "Address@24", "Kind@32", "Privilege@33"),
        Layout<ExceptionRaised>(48, Point, "Cause@24", "Value@32", "From@40", "To@41"),
        Layout<InterruptRaised>(40, Point, "Cause@24", "Source@28", "From@32", "To@33", "DeviceId@34"),
        Layout<InterruptReturned>(40, Point, "ReturnPc@24", "From@32", "To@33"),
        Layout<GuestCalled>(48, Point, "Function@24", "Argument@32", "From@40"),
        Layout<MmioAccessed>(48, Point, "Address@24", "Value@32", "Size@40", "Kind@44"),
        Layout<VCpuExited>(40, Point, "Reason@24", "ExitCode@28", "Detail@32"),
        Layout<DetailChanged>(
            48, "FirstInstruction@0", "InstructionCount@8", "FirstSequence@16", "EventCount@24", "SubscriptionId@32", "VCpu@36",
            "Detail@38", "Next@39", "Reason@40"),
        Layout<CodeTranslated>(40, Point, "PhysicalAddress@24", "InstructionCount@32", "ByteCount@36"),
        Layout<HotSpotDetected>(40, Point, "BlockPc@24", "ExecutionCount@32"),
        Layout<DeviceAdded>(40, Point, "DeviceId@24", "DeviceKind@28", "BaseAddress@32"),
        Layout<DeviceRemoved>(40, Point, "DeviceId@24", "DeviceKind@28", "BaseAddress@32"),
        Layout<DeviceIoCompleted>(48, Point, "DeviceId@24", "Kind@28", "Offset@32", "ByteCount@40", "Status@44"),
        Layout<MemoryAllocated>(40, Point, "Address@24", "ByteCount@32"),
        Layout<MemoryFreed>(40, Point, "Address@24", "ByteCount@32"),
        Layout<MemoryMapped>(48, Point, "VirtualAddress@24", "PhysicalAddress@32", "ByteCount@40", "Permissions@44"),
        Layout<SnapshotCreated>(40, Point, "SnapshotId@24", "ByteCount@32"),
        Layout<SnapshotRestored>(40, Point, "SnapshotId@24", "ByteCount@32"),
        Layout<SnapshotDeleted>(40, Point, "SnapshotId@24", "ByteCount@32"),
    ];

    private static IReadOnlyList<Type> EventTypes => VmEventTypes.All;

    [TestCaseSource(nameof(Layouts))]
    public void Layout_is(Type type, int actualSize, int expectedSize, string[] expectedFields)
    {
        IEnumerable<string> fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            .Select(field => (Name: NameOf(field), Offset: (int)Marshal.OffsetOf(type, field.Name)))
            .OrderBy(static field => field.Offset)
            .Select(static field => $"{field.Name}@{field.Offset}");
        Assert.That(fields, Is.EqualTo(expectedFields));
        Assert.That(actualSize, Is.EqualTo(expectedSize));
        Assert.That(Marshal.SizeOf(type), Is.EqualTo(actualSize), "The type must be blittable.");
    }

    [Test]
    public void Every_event_type_has_its_layout_here() =>
        Assert.That(Layouts.Select(static layout => layout.Arguments[0]), Is.EquivalentTo(EventTypes.Append(typeof(ExecutionPoint))));

    [Test]
    public void The_list_of_event_types_is_complete_and_its_names_are_unique()
    {
        IEnumerable<Type> declared = typeof(VmEvents).Assembly.GetTypes()
            .Where(static type => type.IsValueType && type.Namespace == typeof(VmEvents).Namespace)
            .Where(static type => type.GetInterfaces()
                .Any(static contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IEvent<>)));
        Assert.That(EventTypes, Is.EquivalentTo(declared));
        Assert.That(VmEvents.All, Is.EqualTo(EventTypes.Select(DescriptorOf)));
        Assert.That(VmEvents.All.Select(static descriptor => descriptor.Name), Is.Unique);
    }

    [TestCaseSource(nameof(EventTypes))]
    public void Descriptor_is_valid_and_always_the_same(Type type)
    {
        EventDescriptor descriptor = DescriptorOf(type);
        Assert.That(DescriptorOf(type), Is.SameAs(descriptor));
        Assert.That(() => new EventDescriptor(descriptor.Name), Throws.Nothing);
        Assert.That(() => EventDescriptor.CheckCapacity(descriptor.Capacity, nameof(descriptor.Capacity)), Throws.Nothing);
        Assert.That((int)descriptor.Priority, Is.InRange(1, 1024));
        Assert.That(Enum.IsDefined(descriptor.OverflowPolicy), Is.True);
        Assert.That(descriptor.Shard, Is.Not.Empty);
    }

    [Test]
    public void Rarer_events_begin_with_their_execution_point()
    {
        foreach (Type type in EventTypes.Where(static type => type.IsAssignableTo(typeof(IExecutionPointEvent))))
            Assert.That((int)Marshal.OffsetOf(type, "<At>k__BackingField"), Is.Zero, type.Name);
    }

    private static TestCaseData Layout<T>(int size, params string[] fields)
        where T : unmanaged =>
        new TestCaseData(typeof(T), Unsafe.SizeOf<T>(), size, fields).SetArgDisplayNames(typeof(T).Name, $"{size} bytes");

    private static EventDescriptor DescriptorOf(Type type) =>
        (EventDescriptor)type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    /// <summary>The property of a compiler-made field.</summary>
    private static string NameOf(FieldInfo field) => field.Name.Split('<', '>') is [_, string name, _] ? name : field.Name;
}
