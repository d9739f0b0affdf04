using Engine.Events;
using Engine.Events.Vm;
using Engine.Primitives;
using Engine.Subscriptions;
using Microsoft.Extensions.Logging;

namespace Engine.Handlers.Vm;

/// <summary>
/// Keeps statistics of a machine's execution: instructions, translated blocks, hot spots and exits, and which blocks
/// the machine spends its instructions in. Instructions are counted from <c>vm.block</c>, or from
/// <c>vm.instruction</c> where blocks are not wanted.
/// </summary>
/// <param name="source">Where to subscribe: an engine or a bus.</param>
/// <param name="vmId">The machine whose events count, as given to the producer or the bus; null for all.</param>
/// <param name="logger">
/// Gets a line for the first, second, fourth and so on hot spot and exit, and for losses; null for none. What it throws is dropped.
/// </param>
public sealed class ExecutionEventHandler(IEventSource source, string? vmId = null, ILogger? logger = null)
    : VmEventHandler(source, vmId, logger)
{
    /// <summary>
    /// Blocks and hot spots that are kept apart. A block with more than 1/4,096 of the sampled instructions is always among
    /// them.
    /// </summary>
    public const int MaxTracked = 4096;

    // A prime, so that a loop of blocks in the guest is not sampled in step.
    private const int SampleStride = 61;

    private readonly Lock _lock = new();
    private readonly HeavyHitters<ulong> _blocks = new(MaxTracked);
    private readonly HeavyHitters<ulong> _hotSpots = new(MaxTracked);
    private int _skip;
    private long _instructions;
    private long _translatedBlocks;
    private long _hotSpotEvents;
    private long _exits;

    /// <summary>The statistics since the handler was made. Thread-safe; allocates, and may wait for the counting of one batch.</summary>
    public ExecutionEventStatistics GetStatistics()
    {
        lock (_lock)
        {
            return new ExecutionEventStatistics(
                _instructions, Volatile.Read(ref _translatedBlocks), _hotSpotEvents, Volatile.Read(ref _exits),
                _hotSpots.Top(MaxTracked).ToDictionary(static hot => hot.Key, static hot => hot.Sum));
        }
    }

    /// <summary>
    /// The blocks in which the machine spent most instructions, most first, from a sample of every 61st block. Thread-safe;
    /// allocates.
    /// </summary>
    /// <param name="count">How many.</param>
    public IReadOnlyList<HotBlock> GetHottestBlocks(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        lock (_lock)
        {
            return [.. _blocks.Top(count).Select(block => new HotBlock(block.Key, (double)block.Sum / _blocks.Total))];
        }
    }

    private protected override void SubscribeAll(Predicate<EventDescriptor> isWanted)
    {
        if (isWanted(BlockExecuted.Descriptor))
            Add<BlockExecuted>(OnBlocks, isWanted);
        else
            Add<InstructionRetired>(OnInstructions, isWanted);
        Add<CodeTranslated>(OnTranslated, isWanted);
        Add<HotSpotDetected>(OnHotSpot, isWanted);
        Add<VCpuExited>(OnExit, isWanted);
    }

    private void OnBlocks(ReadOnlySpan<BlockExecuted> events, in Envelope envelope)
    {
        long instructions = 0;
        foreach (ref readonly BlockExecuted block in events)
            instructions += block.RetiredCount;
        lock (_lock)
        {
            _instructions += instructions;
            int i = _skip;
            for (; i < events.Length; i += SampleStride)
                _blocks.Add(events[i].FirstPc, events[i].RetiredCount);
            _skip = i - events.Length;
        }
    }

    private void OnInstructions(ReadOnlySpan<InstructionRetired> events, in Envelope envelope)
    {
        lock (_lock)
            _instructions += events.Length;
    }

    private void OnTranslated(ReadOnlySpan<CodeTranslated> events, in Envelope envelope) =>
        Interlocked.Add(ref _translatedBlocks, events.Length);

    private void OnHotSpot(ReadOnlySpan<HotSpotDetected> events, in Envelope envelope)
    {
        long count;
        lock (_lock)
        {
            count = _hotSpotEvents += events.Length;
            foreach (ref readonly HotSpotDetected hot in events)
            {
                // The event carries the count so far, not what was added.
                long added = (long)hot.ExecutionCount - _hotSpots.SumOf(hot.BlockPc);
                if (added > 0)
                    _hotSpots.Add(hot.BlockPc, added);
            }
        }

        if (Log.IsWorthALine(count - events.Length, count))
            Log.Information($"{ReadableText.Count(count)} hot spots, the last at 0x{events[^1].BlockPc:x}");
    }

    private void OnExit(ReadOnlySpan<VCpuExited> events, in Envelope envelope)
    {
        long count = Interlocked.Add(ref _exits, events.Length);
        if (Log.IsWorthALine(count - events.Length, count))
            Log.Information($"{ReadableText.Count(count)} exits of virtual CPUs, the last by {events[^1].Reason}");
    }
}
