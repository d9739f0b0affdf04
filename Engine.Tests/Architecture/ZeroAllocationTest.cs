using System.Diagnostics;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Architecture;

/// <summary>
/// Publishing and dispatching allocate nothing once warm: not on the publisher's thread, and not on the dispatcher's
/// from the first event of the measured run to the last, the sleeps between them included.
/// </summary>
[NonParallelizable]
internal sealed class ZeroAllocationTest
{
    private const int WarmUpEvents = 200_000;
    private const int Events = 10_000_000;
    private const int SpanLength = 64;

    [Test]
    public Task One_by_one_to_a_batch_handler() => Measure(Events, SubscribeBatch, OneByOne);

    [Test]
    public Task In_spans_to_a_batch_handler() => Measure(Events, SubscribeBatch, InSpans);

    [Test]
    public Task In_claims_to_a_batch_handler() => Measure(Events, SubscribeBatch, InClaims);

    [Test]
    public Task One_by_one_to_an_event_handler() => Measure(Events, SubscribeEvents, OneByOne);

    [Test]
    public Task One_by_one_through_a_filter() => Measure(Events, SubscribeFiltered, OneByOne);

    [Test]
    public Task Shared_lane_to_a_batch_handler() => Measure(Events, SubscribeBatch, Shared);

    [Test]
    public Task Inline_handler() => Measure(Events, SubscribeInline, OneByOne);

    [Test]
    public Task Inline_and_dispatched_handlers() => Measure(Events, SubscribeBoth, OneByOne);

    [Test]
    public Task Sleeping_between_events() => Measure(300, SubscribeBatch, OneByOneWithPauses, WaitStrategyKind.Blocking);

    [Test]
    public async Task Handler_that_allocates_is_noticed()
    {
        const int Count = 1000;
        (long byPublisher, long byHandlers) = await Run(Count, SubscribeAllocating, OneByOne, WaitStrategyKind.Adaptive);
        Assert.That(byPublisher, Is.Zero);
        Assert.That(byHandlers, Is.GreaterThanOrEqualTo(Count));
    }

    private static async Task Measure(
        int events, Action<EventEngine, Probe> subscribe, Action<Publisher, int> publish,
        WaitStrategyKind waitStrategy = WaitStrategyKind.Adaptive)
    {
        (long byPublisher, long byHandlers) = await Run(events, subscribe, publish, waitStrategy);
        Assert.That(byPublisher, Is.Zero, "bytes allocated on the publisher's thread");
        Assert.That(byHandlers, Is.Zero, "bytes allocated on the handlers' thread");
    }

    private static async Task<(long ByPublisher, long ByHandlers)> Run(
        int events, Action<EventEngine, Probe> subscribe, Action<Publisher, int> publish, WaitStrategyKind waitStrategy)
    {
        var builder = new EngineBuilder().AddEvent<InstructionRetired>();
        builder.Options.WaitStrategy = waitStrategy;
        EventEngine engine = builder.Build();
        var probe = new Probe();
        subscribe(engine, probe);
        engine.Start();

        // A thread of its own: its counter then shows nothing but the publishing.
        long allocated = await Task.Factory.StartNew(
            () =>
            {
                using EventProducer producer = engine.CreateProducer();
                var publisher = new Publisher(producer.GetLane<InstructionRetired>(), engine.GetSharedLane<InstructionRetired>());
                StallOnce(engine, producer.GetLane<InstructionRetired>());
                probe.Begin(events);
                publish(publisher, Math.Min(events, WarmUpEvents));
                probe.WaitFor(Math.Min(events, WarmUpEvents));
                // A collection during the run may count the unused rest of a thread's allocation buffer as allocated, a
                // few thousand bytes once. After a collection the buffers are empty, and nothing refills them here.
                GC.Collect();
                probe.Begin(events);
                long before = GC.GetAllocatedBytesForCurrentThread();
                publish(publisher, events);
                long after = GC.GetAllocatedBytesForCurrentThread();
                probe.WaitFor(events);
                return after - before;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        StopReport report = await engine.StopAsync(Eventually.HangGuard);

        Assert.That(report.IsDrained, Is.True);
        return (allocated, probe.Allocated);
    }

    /// <summary>
    /// Makes the calling thread wait for a slot once. The first wait of a thread prepares its thread-local storage, which
    /// is a managed array.
    /// </summary>
    private static void StallOnce(EventEngine engine, EventLane<InstructionRetired> lane)
    {
        bool isHeld = true;
        NativeThread publisher = NativeThread.Current;
        ThreadStall stall = ThreadStall.Current;
        using Subscription gate = engine.SubscribeBatch((ReadOnlySpan<InstructionRetired> _, in Envelope _) =>
        {
            while (Volatile.Read(ref isHeld))
                Thread.Yield();
        });
        var release = new Thread(() =>
        {
            // In the stall, and asleep: it spins first.
            while (!stall.IsStalled || !publisher.IsAsleep)
                Thread.Yield();
            Volatile.Write(ref isHeld, false);
        });
        release.Start();
        while (lane.Ledger.Stalls == 0)
            lane.Publish(default);
        release.Join();
        while (lane.Ledger.Buffered > 0)
            Thread.Yield();
    }

    private static void SubscribeBatch(EventEngine engine, Probe probe) =>
        engine.SubscribeBatch<InstructionRetired>((IBatchHandler<InstructionRetired>)probe);

    private static void SubscribeEvents(EventEngine engine, Probe probe) =>
        engine.Subscribe<InstructionRetired>((IEventHandler<InstructionRetired>)probe);

    private static void SubscribeFiltered(EventEngine engine, Probe probe)
    {
        // Every eighth event is filtered out for the second handler, so that batches fall into runs.
        EventFilter<InstructionRetired> filter = EventFilter.Where<InstructionRetired>(
            static (in InstructionRetired e) => (e.Opcode & 7) != 0)
            .And(EventFilter.FromProducer<InstructionRetired>(-1).Not());
        engine.SubscribeBatch<InstructionRetired>(
            static (_, in _) => { }, new SubscriptionOptions<InstructionRetired> { Filter = filter, Priority = 1 });
        SubscribeBatch(engine, probe);
    }

    private static void SubscribeAllocating(EventEngine engine, Probe probe)
    {
        probe.Allocates = true;
        SubscribeEvents(engine, probe);
    }

    private static void SubscribeInline(EventEngine engine, Probe probe) =>
        engine.Subscribe<InstructionRetired>(
            (IEventHandler<InstructionRetired>)probe, new SubscriptionOptions<InstructionRetired> { Delivery = Delivery.Inline });

    private static void SubscribeBoth(EventEngine engine, Probe probe)
    {
        engine.Subscribe<InstructionRetired>(
            static (in _, in _) => { }, new SubscriptionOptions<InstructionRetired> { Delivery = Delivery.Inline });
        SubscribeBatch(engine, probe);
    }

    private static void OneByOne(Publisher publisher, int count)
    {
        for (int i = 0; i < count; i++)
            publisher.Lane.Publish(new InstructionRetired((ulong)i, (uint)i, InstructionFlags.None));
    }

    private static void OneByOneWithPauses(Publisher publisher, int count)
    {
        for (int i = 0; i < count; i++)
        {
            publisher.Lane.Publish(new InstructionRetired((ulong)i, (uint)i, InstructionFlags.None));
            Thread.Sleep(1);
        }
    }

    private static void InSpans(Publisher publisher, int count)
    {
        Span<InstructionRetired> span = stackalloc InstructionRetired[SpanLength];
        for (int done = 0; done < count; done += SpanLength)
            publisher.Lane.PublishBatch(span[..Math.Min(SpanLength, count - done)]);
    }

    private static void InClaims(Publisher publisher, int count)
    {
        for (int done = 0; done < count;)
        {
            LaneClaim<InstructionRetired> claim = publisher.Lane.Claim(Math.Min(SpanLength, count - done));
            claim.Events.Fill(new InstructionRetired((ulong)done, 0, InstructionFlags.None));
            claim.Publish();
            done += claim.Events.Length;
        }
    }

    private static void Shared(Publisher publisher, int count)
    {
        for (int i = 0; i < count; i++)
            publisher.SharedLane.Publish(new InstructionRetired((ulong)i, (uint)i, InstructionFlags.None));
    }

    private sealed record Publisher(EventLane<InstructionRetired> Lane, SharedEventLane<InstructionRetired> SharedLane);

    /// <summary>
    /// Counts events, and what the threads that it is called on allocate, each from its first to its last call in a run: where there
    /// are several workers, one may take the lane over from another.
    /// </summary>
    private sealed class Probe : IBatchHandler<InstructionRetired>, IEventHandler<InstructionRetired>
    {
        [ThreadStatic]
        private static CallMark? t_mark;

        private long _seen;
        private long _expected = long.MaxValue;
        private long _run;
        private long _sum;
        private long _allocated = -1;

        /// <summary>Bytes allocated during the run; -1 if it has not ended.</summary>
        public long Allocated => Volatile.Read(ref _allocated);

        /// <summary>Makes each call allocate.</summary>
        public bool Allocates { get; set; }

        public void Begin(long expected)
        {
            Volatile.Write(ref _expected, expected);
            (_run, _sum) = (_run + 1, 0);
            Volatile.Write(ref _seen, 0);
        }

        public void WaitFor(long count)
        {
            long last = 0;
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref _seen) is var seen && seen < count)
            {
                if (seen > last)
                    (last, start) = (seen, Stopwatch.GetTimestamp());
                if (Stopwatch.GetElapsedTime(start) > Eventually.HangGuard)
                    throw new TimeoutException($"Only {seen} of {count} events arrived.");
                Thread.Yield();
            }
        }

        void IBatchHandler<InstructionRetired>.Handle(ReadOnlySpan<InstructionRetired> events, in Envelope envelope) =>
            Count(events.Length);

        void IEventHandler<InstructionRetired>.Handle(in InstructionRetired @event, in Envelope envelope) => Count(1);

        private void Count(int events)
        {
            CallMark mark = t_mark ??= new CallMark();
            long now = GC.GetAllocatedBytesForCurrentThread();
            if ((mark.Probe, mark.Run) == (this, _run))
                _sum += now - mark.Bytes;
            (mark.Probe, mark.Run, mark.Bytes) = (this, _run, now);
            if (Allocates)
                GC.KeepAlive(new byte[1]);
            long seen = _seen + events;
            if (seen >= _expected)
                Volatile.Write(ref _allocated, _sum + GC.GetAllocatedBytesForCurrentThread() - now);
            Volatile.Write(ref _seen, seen);
        }

        /// <summary>What a thread had allocated at its last call, and in which run that was.</summary>
        private sealed class CallMark
        {
            public Probe? Probe;
            public long Run;
            public long Bytes;
        }
    }
}
