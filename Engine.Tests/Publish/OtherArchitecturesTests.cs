using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Tests.Publish;

/// <summary>The built-in events hold what hosts of other architectures have.</summary>
internal sealed class OtherArchitecturesTests
{
    [Test]
    public void An_encoding_of_any_length_comes_back([Range(1, InstructionEncoded.MaxByteLength)] int length)
    {
        byte[] encoding = [.. Enumerable.Range(1, length).Select(static i => (byte)(0xF0 + i))];
        InstructionFlags flags = InstructionFlags.Load | (InstructionFlags)PrivilegeMode.Supervisor | InstructionFlags.LengthMask;

        InstructionEncoded whole = InstructionEncoded.From(0x1000, encoding, flags);
        InstructionRetired retired = InstructionRetired.From(0x1000, encoding, flags);

        byte[] target = new byte[length];
        Assert.Multiple(() =>
        {
            Assert.That(whole.CopyTo(target), Is.EqualTo(length));
            Assert.That(target, Is.EqualTo(encoding));
            Assert.That(whole.ByteLength, Is.EqualTo(length));
            Assert.That(InstructionEncoded.LengthOf(retired.Flags), Is.EqualTo(length));
            Assert.That(BitConverter.GetBytes(retired.Opcode).Take(length), Is.EqualTo(encoding.Take(4)));
            Assert.That((whole.Pc, retired.Pc, retired.Flags), Is.EqualTo((0x1000UL, 0x1000UL, whole.Flags)));
            Assert.That(retired.Flags & ~InstructionFlags.LengthMask, Is.EqualTo(flags & ~InstructionFlags.LengthMask));
        });
    }

    [TestCase(0)]
    [TestCase(16)]
    public void No_encoding_has_such_a_length(int length) => Assert.Multiple(() =>
    {
        Assert.That(
            () => InstructionEncoded.From(0, new byte[length], 0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 15"));
        Assert.That(() => InstructionRetired.From(0, new byte[length], 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    });

    [Test]
    public void A_target_that_is_too_short_is_refused() =>
        Assert.That(() => InstructionEncoded.From(0, new byte[3], 0).CopyTo(new byte[2]), Throws.ArgumentException);

    [Test]
    public async Task Without_a_count_the_ordinal_orders()
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        var points = new List<ExecutionPoint>();
        engine.Subscribe(
            (in PageFaulted fault, in Envelope _) => points.Add(fault.At),
            new SubscriptionOptions<PageFaulted> { Delivery = Delivery.Inline });
        using EventProducer producer = engine.CreateProducer(vCpu: 3);
        EventLane<PageFaulted> faults = producer.GetLane<PageFaulted>();
        foreach (ulong pc in (ulong[])[40, 8, 24])
            faults.Publish(new PageFaulted(producer.At(pc), 0, MemoryAccessKind.Load, PrivilegeMode.User));
        producer.InstructionCount = 7;
        faults.Publish(new PageFaulted(producer.At(1), 0, MemoryAccessKind.Load, PrivilegeMode.User));

        Assert.That(points.Select(static point => point.Pc), Is.EqualTo(new ulong[] { 40, 8, 24, 1 }));
        Assert.That(points, Is.Ordered);
        Assert.That(points[^1], Is.EqualTo(new ExecutionPoint(7, 1, 3, 3)));
    }
}
