using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Ring;

namespace Engine.Bench.Topologies;

/// <summary>
/// The limit: hand-written loops over the same ring memory as the engine's, with nothing but a cursor and a gating
/// sequence, the producer's state in registers. No subscriptions, policies, wake-up, statistics or stop. Which loop is the
/// fastest depends on how far apart the host has put the two cores.
/// <code>producer -> ring -> consumer</code>
/// </summary>
/// <param name="pause">The consumer's wait between two looks; zero polls without pausing.</param>
/// <param name="form">How the producer fills the ring.</param>
internal sealed unsafe class BareRingOneToOne(TimeSpan pause, BareForm form = BareForm.OneByOne) : IEventTransfer, ILatencyRun
{
    private const int RunLength = 64;
    private const int LineBytes = 64;

    private readonly RingBuffer<InstructionRetired> _ring = new(InstructionRetired.Descriptor.Capacity);
    private readonly Cursors _cursors = new();
    private readonly long _pauseTicks = (long)(pause.TotalSeconds * Stopwatch.Frequency);

    public string Name => pause == TimeSpan.Zero ? "bare ring, consumer polls without pause" : form switch
    {
        BareForm.OneByOne => "bare ring, one by one",
        BareForm.LinesAhead => $"bare ring, one by one, {RunLength * sizeof(InstructionRetired) / LineBytes} lines ahead",
        _ => $"bare ring, spans of {RunLength}",
    };

    public long EventCount => pause == TimeSpan.Zero ? 10_000_000 : 50_000_000;

    public ulong Run(long count)
    {
        ulong sum = 0;
        (_cursors.Published, _cursors.Consumed) = (0, 0);
        var consumer = new Thread(() => sum = Consume(count));
        consumer.Start();
        if (form == BareForm.OneByOne)
            Produce(count);
        else
            ProduceRuns(count);
        consumer.Join();
        return sum;
    }

    public void Run(int count, LatencySamples samples)
    {
        var receiver = new EventReceiver(samples);
        (_cursors.Published, _cursors.Consumed) = (0, 0);
        var consumer = new Thread(() => Consume(count, receiver));
        consumer.Start();
        EventFeed feed = EventFeed.Paced(count);
        for (long i = 0; feed.TryNext(out InstructionRetired e); i++)
        {
            while (i - Volatile.Read(ref _cursors.Consumed) >= _ring.Capacity)
                Thread.SpinWait(1);
            _ring[i] = e;
            Volatile.Write(ref _cursors.Published, i + 1);
        }

        consumer.Join();
        Checksum.Check(Name, receiver.Sum, Checksum.Expected(count));
    }

    public void Dispose()
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Produce(long count)
    {
        var slots = (InstructionRetired*)Unsafe.AsPointer(ref _ring[0]);
        long capacity = _ring.Capacity;
        long mask = capacity - 1;
        long limit = capacity;
        for (long i = 0; i < count; i++)
        {
            while (i >= limit)
                limit = Volatile.Read(ref _cursors.Consumed) + capacity;
            slots[i & mask] = Checksum.Event(i);
            Volatile.Write(ref _cursors.Published, i + 1);
        }
    }

    // Runs end with the ring, whose length is a multiple of theirs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ProduceRuns(long count)
    {
        var slots = (InstructionRetired*)Unsafe.AsPointer(ref _ring[0]);
        long mask = _ring.Capacity - 1;
        long limit = _ring.Capacity;
        bool isAhead = form == BareForm.LinesAhead;
        for (long first = 0; first < count; first += RunLength)
        {
            long end = Math.Min(count, first + RunLength);
            while (end > limit)
                limit = Volatile.Read(ref _cursors.Consumed) + _ring.Capacity;
            InstructionRetired* slot = slots + (first & mask);
            for (byte* line = (byte*)slot; isAhead && line < slot + RunLength; line += LineBytes)
                *line = 0;
            for (long i = first; i < end; i++)
            {
                *slot++ = Checksum.Event(i);
                if (isAhead)
                    Volatile.Write(ref _cursors.Published, i + 1);
            }

            Volatile.Write(ref _cursors.Published, end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ulong Consume(long count)
    {
        ulong sum = 0;
        long consumed = 0;
        while (consumed < count)
        {
            long published = Volatile.Read(ref _cursors.Published);
            while (consumed < published)
            {
                Span<InstructionRetired> run = _ring.Slice(consumed, (int)Math.Min(published - consumed, _ring.Capacity / 4));
                sum += Checksum.Of(run);
                consumed += run.Length;
                Volatile.Write(ref _cursors.Consumed, consumed);
            }

            Pause();
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Consume(long count, EventReceiver receiver)
    {
        for (long consumed = 0; consumed < count;)
        {
            long published = Volatile.Read(ref _cursors.Published);
            while (consumed < published)
                receiver.Handle(_ring[consumed++]);
            Volatile.Write(ref _cursors.Consumed, consumed);
            Pause();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Pause()
    {
        long from = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - from < _pauseTicks)
            Thread.SpinWait(1);
    }

    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private sealed class Cursors
    {
        [FieldOffset(128)]
        public long Published;

        [FieldOffset(256)]
        public long Consumed;
    }
}
