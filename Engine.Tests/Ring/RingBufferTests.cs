using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Ring;

public class RingBufferTests
{
    [Test]
    public unsafe void Slots_are_zeroed_and_aligned_to_the_cache_line()
    {
        var buffer = new RingBuffer<Wide>(16);
        Assert.That((ulong)buffer.Slots % CacheLine.Size, Is.Zero);
        Assert.That(buffer[5].Value, Is.Zero);
        GC.KeepAlive(buffer);
    }

    [Test]
    public void A_position_is_taken_modulo_the_capacity()
    {
        var buffer = new RingBuffer<long>(8);
        buffer[3] = 33;
        Assert.That(buffer[3 + (8 * 1_000_000_007L)], Is.EqualTo(33));
    }

    [Test]
    public void A_slice_ends_at_the_end_of_the_memory()
    {
        var buffer = new RingBuffer<long>(8);
        Assert.That((buffer.Slice(6, 5).Length, buffer.Slice(8, 5).Length), Is.EqualTo((2, 5)));
    }

    [Test]
    public void CopyIn_goes_around_the_end()
    {
        var buffer = new RingBuffer<long>(8);
        buffer.CopyIn(6, [1, 2, 3, 4]);
        Assert.That(new[] { buffer[6], buffer[7], buffer[8], buffer[9] }, Is.EqualTo(new long[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void A_reader_wants_buffer_and_sequencer_of_one_capacity()
    {
        var sequencer = new SingleProducerSequencer(8, OverflowPolicy.Wait, new WakeSignal());
        ArgumentException error = Thrown.By<ArgumentException>(
            () => _ = new RingReader<long>(new RingBuffer<long>(16), sequencer));
        Assert.That(error.Message, Does.Contain("16 and 8"));
    }

    [Test]
    public void Capacity_is_a_power_of_two([Values(0, 1, 6)] int capacity)
    {
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(() => _ = new RingBuffer<long>(capacity));
        Assert.That((error.ParamName, error.ActualValue), Is.EqualTo(("capacity", (object)capacity)));
    }
}
