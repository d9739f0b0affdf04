using Engine.Events;
using Engine.Events.Vm;
using Engine.Primitives;
using Engine.Subscriptions;
using Microsoft.Extensions.Logging;

namespace Engine.Handlers.Vm;

/// <summary>Keeps statistics of a machine's memory: allocations, mappings and page faults.</summary>
/// <param name="source">Where to subscribe: an engine or a bus.</param>
/// <param name="vmId">The machine whose events count, as given to the producer or the bus; null for all.</param>
/// <param name="logger">
/// Gets a line for the first, second, fourth and so on allocation, release and page fault, and for losses; null for none. What it
/// throws is dropped.
/// </param>
public sealed class MemoryEventHandler(IEventSource source, string? vmId = null, ILogger? logger = null)
    : VmEventHandler(source, vmId, logger)
{
    private long _allocated;
    private long _freed;
    private long _pageFaults;
    private long _allocationCount;
    private long _releaseCount;
    private long _mappings;

    /// <summary>The statistics since the handler was made. Thread-safe; does not block.</summary>
    public MemoryEventStatistics GetStatistics() => new(
        Volatile.Read(ref _allocated), Volatile.Read(ref _freed), Volatile.Read(ref _pageFaults), Volatile.Read(ref _mappings));

    private protected override void SubscribeAll(Predicate<EventDescriptor> isWanted)
    {
        Add<MemoryAllocated>(OnAllocated, isWanted);
        Add<MemoryFreed>(OnFreed, isWanted);
        Add<MemoryMapped>(OnMapped, isWanted);
        Add<PageFaulted>(OnPageFault, isWanted);
    }

    private void OnAllocated(ReadOnlySpan<MemoryAllocated> events, in Envelope envelope)
    {
        long bytes = 0;
        foreach (ref readonly MemoryAllocated allocation in events)
            bytes += (long)allocation.ByteCount;
        Interlocked.Add(ref _allocated, bytes);
        long count = Interlocked.Add(ref _allocationCount, events.Length);
        if (Log.IsWorthALine(count - events.Length, count))
            Log.Information($"{ReadableText.Count(count)} allocations, the last of {ReadableText.Count((long)events[^1].ByteCount)} bytes");
    }

    private void OnFreed(ReadOnlySpan<MemoryFreed> events, in Envelope envelope)
    {
        long bytes = 0;
        foreach (ref readonly MemoryFreed release in events)
            bytes += (long)release.ByteCount;
        Interlocked.Add(ref _freed, bytes);
        long count = Interlocked.Add(ref _releaseCount, events.Length);
        if (Log.IsWorthALine(count - events.Length, count))
            Log.Information($"{ReadableText.Count(count)} releases, the last of {ReadableText.Count((long)events[^1].ByteCount)} bytes");
    }

    private void OnMapped(ReadOnlySpan<MemoryMapped> events, in Envelope envelope) =>
        Interlocked.Add(ref _mappings, events.Length);

    private void OnPageFault(ReadOnlySpan<PageFaulted> events, in Envelope envelope)
    {
        long count = Interlocked.Add(ref _pageFaults, events.Length);
        if (Log.IsWorthALine(count - events.Length, count))
            Log.Warning($"{ReadableText.Count(count)} page faults, the last at 0x{events[^1].Address:x}");
    }
}
