using System.Diagnostics;
using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Bench.Topologies;

/// <summary>What is subscribed while the bundled guest runs.</summary>
internal enum GuestEvents
{
    NoEngine,
    NobodySubscribed,
    FaultsInterruptsBlocks,
    EveryInstruction,
}

/// <summary>
/// The bundled guest from reset to exit, with the engine embedded as the emulator does it.
/// <code>machine -> lanes -> dispatcher -> counting handlers</code>
/// </summary>
internal static class GuestRun
{
    /// <summary>Million guest instructions per second; checks that each subscribed event arrived.</summary>
    public static double MillionInstructionsPerSecond(GuestEvents events, out long lost)
    {
        EventEngine? engine = events == GuestEvents.NoEngine ? null : new EngineBuilder().AddVmEvents().Build();
        var instructions = new Counter<InstructionRetired>();
        var blocks = new BlockCounter();
        if (events == GuestEvents.EveryInstruction)
            engine!.SubscribeBatch(instructions);
        if (events == GuestEvents.FaultsInterruptsBlocks)
        {
            engine!.SubscribeBatch(blocks);
            engine!.SubscribeBatch(new Counter<PageFaulted>());
            engine!.SubscribeBatch(new Counter<InterruptRaised>());
            engine!.SubscribeBatch(new Counter<InterruptReturned>());
        }

        engine?.Start();
        using var board = new VirtBoard(new VirtBoardOptions(), engine);
        board.Boot(board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name).EntryPoint);
        long start = Stopwatch.GetTimestamp();
        MachineRunResult result = board.Machine.Run();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        board.Dispose();
        engine?.StopAsync().GetAwaiter().GetResult();

        lost = engine?.GetStatistics().EventTypes.Sum(static type => type.Ledger.Lost + type.Ledger.Rejected + type.Ledger.Buffered) ?? 0;
        Check(events == GuestEvents.EveryInstruction, instructions.Count, result.RetiredInstructions);
        Check(events == GuestEvents.FaultsInterruptsBlocks, blocks.Instructions, result.RetiredInstructions);
        return result.RetiredInstructions / seconds / 1e6;
    }

    private static void Check(bool applies, ulong counted, ulong retired)
    {
        if (applies && counted != retired)
            throw new InvalidOperationException($"The handlers counted {counted} instructions, the machine retired {retired}.");
    }

    private sealed class Counter<T> : IBatchHandler<T>
        where T : unmanaged, IEvent<T>
    {
        public ulong Count { get; private set; }

        public void Handle(ReadOnlySpan<T> events, in Envelope envelope) => Count += (ulong)events.Length;
    }

    private sealed class BlockCounter : IBatchHandler<BlockExecuted>
    {
        public ulong Instructions { get; private set; }

        public void Handle(ReadOnlySpan<BlockExecuted> events, in Envelope envelope)
        {
            ulong sum = 0;
            foreach (ref readonly BlockExecuted block in events)
                sum += block.RetiredCount;
            Instructions += sum;
        }
    }
}
