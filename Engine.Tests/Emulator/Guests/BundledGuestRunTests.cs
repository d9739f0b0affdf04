using System.Text;
using Engine.Diagnostics;
using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Guests;

/// <summary>The whole bundled guest with every event type but memory accesses subscribed.</summary>
public sealed class BundledGuestRunTests
{
    private const ulong Instructions = 638_973_500;

    [Test]
    public void The_guest_checks_its_results_and_every_event_arrives_exactly_once()
    {
        var console = new StringBuilder();
        var seen = new Totals();
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        seen.Subscribe(engine);
        engine.Start();
        var board = new VirtBoard(new VirtBoardOptions { ConsoleOutput = b => console.Append((char)b) }, engine);
        board.Boot(board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name).EntryPoint);
        MachineRunResult result = board.Machine.Run();
        board.Dispose();
        StopReport stop = engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        EngineStatistics statistics = engine.GetStatistics();

        Assert.Multiple(() =>
        {
            Assert.That(console.ToString(), Does.Contain("heap sort: ok").And.Contain("quick sort: ok")
                .And.Contain("matrix product: ok").And.Contain("CRC-32: ok").And.Contain("SHA-256: ok").And.Contain("all workloads ok"));
            Assert.That(result, Is.EqualTo(new MachineRunResult(VCpuExitReason.GuestExit, 0, Instructions)));
            Assert.That(stop.IsDrained, Is.True);
            Assert.That(seen.Instructions, Is.EqualTo(Instructions));
            Assert.That(seen.InstructionsInBlocks, Is.EqualTo(Instructions));
            Assert.That(seen.PageFaults, Is.EqualTo(board.Machine.Traps.PageFaults).And.EqualTo(3_069));
            Assert.That(seen.Interrupts, Is.EqualTo(6_447));
            Assert.That(seen.SourceErrors, Is.Zero, "external interrupts name the UART, others nothing");
            Assert.That(seen.OrderErrors, Is.Zero, "events of one lane come in the order of execution");
            foreach (EventTypeStatistics type in statistics.EventTypes)
            {
                Assert.That(type.Ledger.Lost + type.Ledger.Rejected + type.Ledger.Buffered, Is.Zero, type.Name);
                Assert.That(type.HandlerErrors, Is.Zero, type.Name);
            }
        });
    }

    private sealed class Totals
    {
        private const uint SupervisorExternal = 9;
        private const uint Uart = 10;

        private ExecutionPoint _lastFault;
        private ExecutionPoint _lastInterrupt;

        public ulong Instructions { get; private set; }

        public ulong InstructionsInBlocks { get; private set; }

        public long PageFaults { get; private set; }

        public long Interrupts { get; private set; }

        public long OrderErrors { get; private set; }

        public long SourceErrors { get; private set; }

        public void Subscribe(EventEngine engine)
        {
            engine.SubscribeBatch((ReadOnlySpan<InstructionRetired> events, in Envelope _) => Instructions += (ulong)events.Length);
            engine.SubscribeBatch((ReadOnlySpan<BlockExecuted> events, in Envelope _) =>
            {
                foreach (ref readonly BlockExecuted block in events)
                    InstructionsInBlocks += block.RetiredCount;
            });
            engine.Subscribe((in PageFaulted fault, in Envelope _) =>
            {
                PageFaults++;
                OrderErrors += fault.At > _lastFault ? 0 : 1;
                _lastFault = fault.At;
            });
            engine.Subscribe((in InterruptRaised interrupt, in Envelope _) =>
            {
                Interrupts++;
                OrderErrors += interrupt.At > _lastInterrupt ? 0 : 1;
                SourceErrors += interrupt.Source == (interrupt.Cause == SupervisorExternal ? Uart : 0) ? 0 : 1;
                _lastInterrupt = interrupt.At;
            });
        }
    }
}
