using System.Runtime.CompilerServices;
using Engine.Events.Vm;
using Engine.Publish;

namespace Engine.Bench.Support;

/// <summary>
/// Tight loops that publish events numbered from 0. They are compiled once, at the highest tier: a loop that is
/// replaced while it runs keeps its variables in memory.
/// </summary>
internal static class NumberedEvents
{
    public const int SpanLength = 64;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PublishOneByOne(EventLane<InstructionRetired> lane, long count)
    {
        for (long i = 0; i < count; i++)
            lane.Publish(Checksum.Event(i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PublishWriter(EventLane<InstructionRetired> lane, long count)
    {
        LaneWriter<InstructionRetired> writer = lane.OpenWriter();
        for (long i = 0; i < count; i++)
            writer.Publish(Checksum.Event(i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PublishOneByOne(SharedEventLane<InstructionRetired> lane, long count)
    {
        for (long i = 0; i < count; i++)
            lane.Publish(Checksum.Event(i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PublishSpans(EventLane<InstructionRetired> lane, long count)
    {
        Span<InstructionRetired> events = stackalloc InstructionRetired[SpanLength];
        for (long i = 0; i < count; i += SpanLength)
            lane.PublishBatch(Fill(events, i, count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PublishSpans(SharedEventLane<InstructionRetired> lane, long count)
    {
        Span<InstructionRetired> events = stackalloc InstructionRetired[SpanLength];
        for (long i = 0; i < count; i += SpanLength)
            lane.PublishBatch(Fill(events, i, count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PublishClaims(EventLane<InstructionRetired> lane, long count)
    {
        for (long i = 0; i < count;)
        {
            LaneClaim<InstructionRetired> claim = lane.Claim((int)Math.Min(SpanLength, count - i));
            Span<InstructionRetired> slots = claim.Events;
            for (int k = 0; k < slots.Length; k++)
                slots[k] = Checksum.Event(i + k);
            claim.Publish();
            i += slots.Length;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Span<InstructionRetired> Fill(Span<InstructionRetired> events, long first, long count)
    {
        Span<InstructionRetired> span = events[..(int)Math.Min(SpanLength, count - first)];
        for (int k = 0; k < span.Length; k++)
            span[k] = Checksum.Event(first + k);
        return span;
    }
}
