using System.Security.Cryptography;
using Engine.Emulator;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Harts;

/// <summary>
/// Cuts of harts on threads: harts, memory and streams are of one instant; behind a rewind the state is that of the cut, and no sequence is
/// given to two events.
/// </summary>
public sealed class ThreadedCutTests
{
    [TestCase(60)]
    [TestCase(1_000, Category = "Soak", Explicit = true)]
    public void What_is_gone_back_to_is_the_instant_of_the_cut(int rounds)
    {
        var random = new Random(rounds);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var harts = new CallingHarts(3, HartScheduling.Threads, engine);
        var calls = new CallsByProducer(engine);
        engine.Start();
        var cuts = new List<(MachineCut Cut, string State, uint Calls)>();
        for (int round = 0; round < rounds; round++)
        {
            if (cuts.Count > 1 && random.Next(3) == 0)
            {
                (MachineCut cut, string state, uint told) = cuts[random.Next(cuts.Count)];
                ProducerPosition[] before = [.. harts.Machine.Producers.Select(static producer => producer.GetPosition())];
                Assert.That(harts.Machine.Rewind(cut, Eventually.HangGuard).Outcome, Is.EqualTo(CutOutcome.Done));
                Assert.That(StateOf(harts.Machine), Is.EqualTo(state));
                Assert.That(calls.Count, Is.EqualTo(told), "the subscriber is back as well");
                Assert.That(
                    harts.Machine.Producers.Select(static producer => producer.GetPosition()["vm.guest-call"].Sequence),
                    Is.EqualTo(before.Select(static position => position["vm.guest-call"].Sequence)), "sequences go on");
            }
            else
            {
                harts.Machine.Run((ulong)random.Next(1, 20_000));
                MachineCut cut = harts.Machine.Cut(Eventually.HangGuard).Cut!;
                Assert.That(cut.IsRepeatable, Is.False);
                Assert.That(calls.Count - harts.Called, Is.InRange(0, 3), "told, and at most each hart on its way to count it");
                cuts.Add((cut, StateOf(harts.Machine), calls.Count));
            }
        }

        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        Assert.That(calls.Doubled, Is.Zero, "sequences that came twice");
    }

    private static string StateOf(Machine machine)
    {
        using var stream = new MemoryStream();
        machine.SaveSnapshot(stream);
        return Convert.ToHexString(SHA256.HashData(stream.ToArray().AsSpan(64)));
    }
}
