using System.Diagnostics;
using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cuts;

/// <summary>What cuts cost, and what waits: figures for people, with nothing asserted of time.</summary>
[Category("Soak")]
[Explicit]
public sealed class CostMeasurements
{
    [Test]
    public void A_cut_of_128_MiB()
    {
        using var machine = new Machine(new MachineOptions());
        byte[] noise = new byte[machine.Memory.RamSize];
        new Random(1).NextBytes(noise);
        foreach (bool isFull in new[] { false, true })
        {
            if (isFull)
                Assert.That(machine.Memory.TryWrite(0x8000_0000, noise), Is.True);
            var kept = new List<MachineCut>();
            for (int round = 0; round < 5; round++)
            {
                long start = Stopwatch.GetTimestamp();
                kept.Add(machine.Cut().Cut!);
                TimeSpan cut = Stopwatch.GetElapsedTime(start);
                start = Stopwatch.GetTimestamp();
                machine.Rewind(kept[0]);
                TestContext.Out.WriteLine(
                    $"full {isFull}, round {round}: cut {cut.TotalMilliseconds:F1} ms, rewind " +
                    $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
            }

            GC.KeepAlive(kept);
        }
    }

    [Test]
    public void A_subscription_that_waits_for_its_instruction()
    {
        const ulong Piece = 100_000_000;
        var times = new Dictionary<string, List<double>>();
        for (int round = 0; round < 7; round++)
        {
            foreach (string kind in new[] { "none", "waiting", "break on a trap", "break on an instruction" })
            {
                EventEngine engine = new EngineBuilder().AddVmEvents().Build();
                engine.Start();
                using (var board = new VirtBoard(new VirtBoardOptions(), engine))
                {
                    board.Boot(board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name).EntryPoint);
                    if (kind == "waiting")
                    {
                        engine.SubscribeBatch<InstructionRetired>(
                            (_, in _) => { }, new() { From = new Boundary(0, 10 * Piece), Region = new() { FirstPc = 0x4000_0000 } });
                    }
                    else if (kind == "break on a trap")
                    {
                        board.Machine.Break(EventCondition.On<ExceptionRaised>(static e => e.Cause == 99));
                    }
                    else if (kind == "break on an instruction")
                    {
                        board.Machine.Break(EventCondition.On<InstructionRetired>(static i => i.Pc == 1));
                    }

                    board.Machine.Run(Piece);
                    long start = Stopwatch.GetTimestamp();
                    board.Machine.Run(2 * Piece);
                    times.TryAdd(kind, []);
                    times[kind].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }

                engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
            }
        }

        foreach ((string kind, List<double> all) in times)
        {
            double[] ratios = [.. all.Zip(times["none"], static (time, none) => time / none).Order()];
            TestContext.Out.WriteLine(
                $"{kind}: median {all.Order().ElementAt(all.Count / 2):F1} ms, of the time without: {ratios[ratios.Length / 2]:F4}");
        }
    }
}
