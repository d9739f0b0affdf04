using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Engine.Bench.Support;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;

namespace Engine.Bench.Embed;

/// <summary>The interpreter with something embedded, and what it is embedded for.</summary>
/// <param name="Name">For the table.</param>
/// <param name="MillionInstructionsPerSecond">One run, from a new interpreter to the last event handled; its counts are checked.</param>
internal sealed record EmbedVariant(string Name, Func<double> MillionInstructionsPerSecond)
{
    private const long Instructions = 30_000_000;
    private const long FewerInstructions = 3_000_000;
    private const uint PcOfNoInstruction = 0xFFFF_FFFC;

    private static readonly SubscriptionOptions<InstructionRetired> Inline = new() { Delivery = Delivery.Inline };

    private static uint? s_sum;

    public static IReadOnlyList<EmbedVariant> All { get; } =
    [
        new("no engine", static () => Measure(new NoHook(), Instructions)),
        new("nobody subscribed", static () => WithEngine(static _ => { }, static lane => new LaneHook<Nobody>(lane), counter: null)),
        new("batch handler, one by one", static () => WithBatchHandler(static lane => new LaneHook<Batch>(lane))),
        new("batch handler, a claim each", static () => WithBatchHandler(static lane => new SingleClaimHook(lane))),
        new("batch handler, claims of 1,024 kept in a field", static () => WithBatchHandler(static lane => new HeldClaimHook(lane))),
        new("batch handler, spans of 1,024", static () => WithBatchHandler(static lane => new SpanHook(lane))),
        new("inline handler", static () =>
        {
            var counter = new Counter();
            return WithEngine(
                engine => engine.Subscribe<InstructionRetired>(counter.Handle, Inline),
                static lane => new LaneHook<InlineHandler>(lane),
                counter);
        }),
        new("inline handler behind a pc filter that never matches", static () => WithEngine(
            static engine => engine.Subscribe(
                static (in InstructionRetired _, in Envelope _) => throw new InvalidOperationException("There is no such instruction."),
                Inline with { Where = static e => e.Pc == PcOfNoInstruction }),
            static lane => new LaneHook<Breakpoint>(lane), counter: null)),
        new("inline handler behind an address filter that never matches", static () => WithEngine(
            static engine => engine.Subscribe(
                static (in InstructionRetired _, in Envelope _) => throw new InvalidOperationException("There is no such instruction."),
                Inline with { Filter = EventFilter.InAddressRange<InstructionRetired>(PcOfNoInstruction, PcOfNoInstruction + 1UL) }),
            static lane => new LaneHook<Armed>(lane), counter: null)),
        new("batch handler, one by one, in a loop that first ran with nobody subscribed", static () =>
        {
            WithEngine(static _ => { }, static lane => new LaneHook<Late>(lane), counter: null);
            return WithBatchHandler(static lane => new LaneHook<Late>(lane));
        }),
        new("traps only, batch handler", WithTraps),
        new("C# event, absent", static () => Measure(new DelegateHook<Nobody>(new CSharpEventHost()), Instructions)),
        new("C# event, counting", static () =>
        {
            var host = new CSharpEventHost();
            long count = 0;
            host.Instruction += _ => count++;
            return Checked(Measure(new DelegateHook<InlineHandler>(host), Instructions), count, Instructions);
        }),
        new("bounded Channel<T>", WithChannel),
        new("bounded BlockingCollection<T>", WithBlockingCollection),
    ];

    private static double WithBatchHandler<THook>(Func<EventLane<InstructionRetired>, THook> hook)
        where THook : struct, IEmulatorHook
    {
        var counter = new Counter();
        return WithEngine(engine => engine.SubscribeBatch<InstructionRetired>(counter), hook, counter);
    }

    private static double WithEngine<THook>(
        Action<EventEngine> subscribe, Func<EventLane<InstructionRetired>, THook> hook, Counter? counter)
        where THook : struct, IEmulatorHook
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        subscribe(engine);
        engine.Start();
        EventLane<InstructionRetired> lane = engine.CreateProducer("cpu").GetLane<InstructionRetired>();
        double mips = Measure(hook(lane), Instructions, () => counter?.WaitFor(Instructions));
        Stop(engine);
        return counter is null ? mips : Checked(mips, counter.Count, Instructions);
    }

    private static double WithTraps()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        long traps = 0;
        engine.SubscribeBatch((ReadOnlySpan<ExceptionRaised> events, in Envelope _) => traps += events.Length);
        engine.Start();
        double mips = Measure(new TrapHook(engine.CreateProducer("cpu").GetLane<ExceptionRaised>()), Instructions);
        Stop(engine);
        return Checked(mips, traps, Instructions / Rv32Program.InstructionsPerPass);
    }

    private static double WithChannel()
    {
        Channel<InstructionRetired> channel = Channel.CreateBounded<InstructionRetired>(
            new BoundedChannelOptions(InstructionRetired.Descriptor.Capacity) { SingleReader = true, SingleWriter = true });
        long count = 0;
        Task reader = Task.Run(async () =>
        {
            while (await channel.Reader.WaitToReadAsync())
            {
                while (channel.Reader.TryRead(out _))
                    count++;
            }
        });
        double mips = Measure(new ChannelHook(channel.Writer), FewerInstructions, () => End(() => channel.Writer.Complete(), reader));
        return Checked(mips, count, FewerInstructions);
    }

    private static double WithBlockingCollection()
    {
        using var collection = new BlockingCollection<InstructionRetired>(InstructionRetired.Descriptor.Capacity);
        long count = 0;
        Task reader = Task.Factory.StartNew(
            () =>
            {
                foreach (InstructionRetired _ in collection.GetConsumingEnumerable())
                    count++;
            },
            TaskCreationOptions.LongRunning);
        double mips = Measure(new BlockingCollectionHook(collection), FewerInstructions, () => End(collection.CompleteAdding, reader));
        return Checked(mips, count, FewerInstructions);
    }

    private static void End(Action complete, Task reader)
    {
        complete();
        reader.GetAwaiter().GetResult();
    }

    private static double Measure<THook>(THook hook, long instructions, Action? waitUntilHandled = null)
        where THook : struct, IEmulatorHook
    {
        var interpreter = new Rv32Interpreter<THook>(hook);
        long start = Stopwatch.GetTimestamp();
        interpreter.Run(instructions);
        waitUntilHandled?.Invoke();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (instructions == Instructions)
        {
            s_sum ??= interpreter.Sum;
            Checksum.Check("the interpreter", interpreter.Sum, s_sum.Value);
        }

        return instructions / seconds / 1e6;
    }

    private static double Checked(double mips, long count, long expected) => count == expected
        ? mips
        : throw new InvalidOperationException($"The handler counted {count} events of {expected}.");

    private static void Stop(EventEngine engine)
    {
        engine.StopAsync().GetAwaiter().GetResult();
        long lost = engine.GetStatistics().EventTypes.Sum(static type => type.Ledger.Lost + type.Ledger.Rejected + type.Ledger.Buffered);
        if (lost > 0)
            throw new InvalidOperationException($"{lost} events were lost, rejected or left.");
    }

    private struct Nobody;

    private struct Batch;

    private struct InlineHandler;

    private struct Breakpoint;

    private struct Armed;

    private struct Late;

    private sealed class Counter : IBatchHandler<InstructionRetired>
    {
        private long _count;

        public long Count => Volatile.Read(ref _count);

        public void Handle(ReadOnlySpan<InstructionRetired> events, in Envelope envelope) =>
            Volatile.Write(ref _count, _count + events.Length);

        public void Handle(in InstructionRetired e, in Envelope envelope) => Volatile.Write(ref _count, _count + 1);

        public void WaitFor(long count)
        {
            while (Count < count)
                Thread.Yield();
        }
    }
}
