using System.Reflection;
using System.Runtime.InteropServices;
using Engine.Bus.Messages;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Tests.Architecture;

/// <summary>
/// Fields of different writers never share a cache line, wherever the object lies: between the starts of two such
/// fields there are at least 128 bytes. A struct keeps that with its neighbours, whatever they are, if 128 bytes lie before
/// its first hot field and 128 from its last one to its end.
/// </summary>
internal sealed class PaddingTest
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    [Test]
    public void Line_is_128_bytes() => Assert.That(CacheLine.Size, Is.EqualTo(128));

    [Test]
    public void Padded_integers_have_a_line_of_their_own()
    {
        AssertGroup<PaddedInt64>(nameof(PaddedInt64.Value));
        AssertGroup<PaddedInt32>(nameof(PaddedInt32.Value));
    }

    [Test]
    public void Producer_fields_keep_the_cursor_apart_from_all_others()
    {
        Type fields = typeof(SingleProducerSequencer.ProducerFields);
        AssertGroup(fields, "Cursor", "Limit", "Intent");
        // Counters are the producer's too, but others read them; a reader must not take the cursor's line away.
        int last = OffsetOf(fields, "Intent");
        foreach (string counter in new[] { "DroppedIncoming", "Rejected", "Stalls", "StallTicks" })
            Assert.That(OffsetOf(fields, counter) / CacheLine.Size, Is.GreaterThan(last / CacheLine.Size), counter);
    }

    [Test]
    public void Consumer_fields_keep_the_lease_apart_from_the_gating_sequence()
    {
        Type fields = typeof(Sequencer).GetNestedType("ConsumerFields", BindingFlags.NonPublic)!;
        AssertGroup(fields, "Consumed", "DroppedOldest", "AnnouncedIncoming");
        AssertGroup(fields, "Lease");
        Assert.That(OffsetOf(fields, "Lease") - OffsetOf(fields, "Consumed"), Is.GreaterThanOrEqualTo(CacheLine.Size));
    }

    [TestCase(typeof(WakeSignal), "_state", typeof(PaddedInt32))]
    [TestCase(typeof(MultiProducerSequencer), "Claimed", typeof(PaddedInt64))]
    [TestCase(typeof(MultiProducerSequencer), "_openLoss", typeof(PaddedInt64))]
    [TestCase(typeof(MessageQueue), "_isHungry", typeof(PaddedInt32))]
    public void Shared_field_is_padded(Type type, string field, Type padding) =>
        Assert.That(type.GetField(field, Instance)?.FieldType, Is.EqualTo(padding));

    [TestCase(2)]
    [TestCase(64)]
    [TestCase(65536)]
    public unsafe void Ring_memory_is_aligned(int length)
    {
        var bytes = new AlignedMemory<byte>(length);
        var words = new AlignedMemory<long>(length);
        Assert.That((long)bytes.Pointer % CacheLine.Size, Is.Zero);
        Assert.That((long)words.Pointer % CacheLine.Size, Is.Zero);
        GC.KeepAlive(bytes);
        GC.KeepAlive(words);
    }

    private static void AssertGroup<T>(params string[] fields)
        where T : unmanaged =>
        AssertGroup(typeof(T), fields);

    private static void AssertGroup(Type type, params string[] fields)
    {
        int first = fields.Min(field => OffsetOf(type, field));
        int last = fields.Max(field => OffsetOf(type, field));
        Assert.That(first, Is.GreaterThanOrEqualTo(CacheLine.Size), "before the first field");
        Assert.That(Marshal.SizeOf(type) - last, Is.GreaterThanOrEqualTo(CacheLine.Size), "behind the last field");
        Assert.That(last - first, Is.LessThan(CacheLine.Size), "one writer's fields lie together");
    }

    private static int OffsetOf(Type type, string field) => (int)Marshal.OffsetOf(type, field);
}
