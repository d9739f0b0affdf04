using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cpu;

/// <summary>What is published of one type does not depend on what else is subscribed to.</summary>
public sealed class SubscriptionIndependenceTests
{
    private const ulong Instructions = 3_000;
    private const int PageEnd = 0xFFC / 4;

    /// <summary>What is subscribed to beside what is compared.</summary>
    public enum Beside
    {
        Instructions,
        InlineInstructions,
        MemoryAccesses,
        Everything,
    }

    // Stores into the line of code that it has not come to, reads a device, sets a CSR, calls and traps; over and over.
    private static readonly uint[] Busy =
    [
        Asm.Auipc(5, 0),
        Asm.Addi(2, 2, 1),
        Asm.Sw(2, 5, 56),
        Asm.Lw(3, 5, 56),
        Asm.Lw(4, 6, 0),
        Asm.Csrrw(0, 0x340, 2),
        Asm.Andi(3, 2, 3),
        Asm.Bne(3, 0, 8),
        Asm.Ecall,
        Asm.Addi(7, 7, 1),
        Asm.Jal(1, 8),
        Asm.Nop,
        Asm.Addi(7, 7, 2),
        Asm.Jal(0, -52),
        Asm.Nop,
    ];

    private static readonly uint[] SkipsTheTrap =
        [Asm.Csrrs(30, 0x341, 0), Asm.Addi(30, 30, 4), Asm.Csrrw(0, 0x341, 30), Asm.Mret];

    [Test]
    public void Blocks_translations_and_hot_spots(
        [Values] Beside beside, [Values(1, 7, 4096)] int pollInterval, [Values] bool isFineGrained)
    {
        (List<BlockExecuted> blocks, int translated, int hot) expected = Run(null, pollInterval, isFineGrained);
        (List<BlockExecuted> blocks, int translated, int hot) actual = Run(beside, pollInterval, isFineGrained);
        Assert.Multiple(() =>
        {
            Assert.That(expected.blocks.Sum(static block => block.RetiredCount), Is.EqualTo(Instructions));
            Assert.That(
                actual.blocks.Select(static block => (block.FirstPc, block.RetiredCount)),
                Is.EqualTo(expected.blocks.Select(static block => (block.FirstPc, block.RetiredCount))));
            Assert.That(actual.translated, Is.EqualTo(expected.translated));
            Assert.That(actual.hot, Is.EqualTo(expected.hot));
            if (pollInterval > 1000 && !isFineGrained)
                Assert.That(expected.hot, Is.Positive, "the comparison is of something");
        });
    }

    private static (List<BlockExecuted> Blocks, int Translated, int Hot) Run(Beside? beside, int pollInterval, bool isFineGrained)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        var blocks = new List<BlockExecuted>();
        int translated = 0;
        int hot = 0;
        engine.SubscribeBatch<BlockExecuted>((events, in _) => blocks.AddRange(events));
        engine.SubscribeBatch<CodeTranslated>((events, in _) => translated += events.Length);
        engine.SubscribeBatch<HotSpotDetected>((events, in _) => hot += events.Length);
        if (beside is Beside.Instructions or Beside.Everything)
            Ignore<InstructionRetired>(engine, Delivery.Dispatched);
        if (beside == Beside.InlineInstructions)
            Ignore<InstructionRetired>(engine, Delivery.Inline);
        if (beside is Beside.MemoryAccesses or Beside.Everything)
            Ignore<MemoryAccessed>(engine, Delivery.Dispatched);
        if (beside == Beside.Everything)
            Ignore<MemoryMapped>(engine, Delivery.Dispatched);
        engine.Start();
        var options = new MachineOptions { RamSize = 1 << 20, HotSpotThreshold = 20, PollInterval = pollInterval };
        using (var machine = new TestMachine(Busy, engine, options))
        {
            // The last instruction of the page, after a jump, is one of two halves; behind it the program begins again.
            machine.Write(TestMachine.Code + (4 * (ulong)Busy.Length) - 8, [Asm.Jal(0, 0xFFC - (4 * (Busy.Length - 2)))]);
            byte[] straddling = [0x85, 0x03, .. BitConverter.GetBytes(Asm.Addi(8, 8, 1)), .. BitConverter.GetBytes(Asm.Jal(0, -(0x1002)))];
            Assert.That(machine.Machine.Memory.TryWrite(TestMachine.Code + (4 * PageEnd), straddling), Is.True);
            machine.Write(TestMachine.MachineVector, SkipsTheTrap);
            machine.Machine.Attach(new TestFinisher());
            machine[6] = 0x10_0000;
            // Protection that covers a part of the page keeps its code out of the cache.
            if (isFineGrained)
            {
                machine.SetCsr(0x3B0, (TestMachine.Code + 0x10) >> 2);
                machine.SetCsr(0x3A0, 0x08);
            }

            machine.Run(Instructions);
        }

        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        return (blocks, translated, hot);
    }

    private static void Ignore<T>(EventEngine engine, Delivery delivery)
        where T : unmanaged, IEvent<T> =>
        engine.SubscribeBatch<T>((_, in _) => { }, new SubscriptionOptions<T> { Delivery = delivery });
}
