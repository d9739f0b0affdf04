using System.Globalization;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Subscriptions;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>
/// Subscribes to the selected event types: the engine's VM handlers add up what they know, and its own statistics count the
/// rest.
/// </summary>
internal sealed class RunObservers
{
    private readonly IEventSubscriptions _engine;
    private readonly HashSet<string> _names;

    public RunObservers(IEventSubscriptions engine, IReadOnlyList<string> names)
    {
        _engine = engine;
        _names = [.. names];
        Memory = new MemoryEventHandler(engine);
        Execution = new ExecutionEventHandler(engine);
        Devices = new DeviceEventHandler(engine);
        Snapshots = new SnapshotEventHandler(engine);
        foreach (VmEventHandler handler in (VmEventHandler[])[Memory, Execution, Devices, Snapshots])
            handler.Register(IsWanted);
        if (IsWanted(BlockExecuted.Descriptor))
            Watch<InstructionRetired>();
        Watch<MemoryAccessed>();
        Watch<ExceptionRaised>();
        Watch<InterruptReturned>();
        Watch<GuestCalled>();
        Watch<MmioAccessed>();
        Watch<DetailChanged>();
    }

    public MemoryEventHandler Memory { get; }

    public ExecutionEventHandler Execution { get; }

    public DeviceEventHandler Devices { get; }

    public SnapshotEventHandler Snapshots { get; }

    /// <summary>What the handlers counted, in one line for each that saw anything.</summary>
    public IEnumerable<string> Lines()
    {
        MemoryEventStatistics memory = Memory.GetStatistics();
        if (memory != default)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"memory: {Figures.Bytes(memory.TotalAllocatedBytes)} allocated, {Figures.Bytes(memory.TotalFreedBytes)} freed, " +
                $"{Figures.Bytes(memory.CurrentAllocatedBytes)} in use, {memory.MappingCount:N0} mappings, " +
                $"{memory.PageFaultCount:N0} page faults");
        }

        ExecutionEventStatistics execution = Execution.GetStatistics();
        if (execution.TotalInstructions + execution.TotalCompiledBlocks + execution.TotalHotSpots + execution.TotalVCpuExits > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"execution: {execution.TotalInstructions:N0} instructions, {execution.TotalCompiledBlocks:N0} blocks translated, " +
                $"{execution.TotalHotSpots:N0} hot spots, {execution.TotalVCpuExits:N0} exits");
        }

        DeviceEventStatistics devices = Devices.GetStatistics();
        if (devices.AddedCount + devices.RemovedCount + devices.TotalInterrupts + devices.TotalIoBytes > 0)
        {
            string sources = string.Join(", ", devices.InterruptsBySource.OrderBy(static pair => pair.Key)
                .Select(static pair => Invariant($"{pair.Value:N0} from source {pair.Key}")));
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"devices: {devices.AddedCount:N0} added, {devices.RemovedCount:N0} removed, {devices.TotalInterrupts:N0} " +
                $"interrupts{(sources.Length > 0 ? $" ({sources})" : string.Empty)}, {Figures.Bytes(devices.TotalIoBytes)} transferred");
        }

        SnapshotEventStatistics snapshots = Snapshots.GetStatistics();
        if (snapshots != default)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"snapshots: {snapshots.CreatedCount:N0} created, {snapshots.RestoredCount:N0} restored, {snapshots.DeletedCount:N0} " +
                $"deleted, {Figures.Bytes(snapshots.TotalSnapshotBytes)} in all");
        }
    }

    private bool IsWanted(EventDescriptor eventType) => _names.Contains(eventType.Name);

    private void Watch<T>()
        where T : unmanaged, IEvent<T>
    {
        if (IsWanted(T.Descriptor))
            _engine.Observe<T>(static (_, in _) => { }, new SubscriptionOptions<T> { Name = "count" });
    }
}
