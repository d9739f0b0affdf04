using System.Buffers;
using Engine.Bus.Payloads;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Payloads;

public class PayloadBufferTests
{
    private const int HeaderSize = 8;

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(31)]
    [TestCase(1000)]
    public async Task A_payload_arrives_as_it_was_written(int size)
    {
        var buffer = new PayloadBuffer();
        byte[] payload = Payload(size);
        Assert.That(await Write(buffer, payload), Is.EqualTo(PayloadWriteOutcome.Written));
        Assert.That(await buffer.Reader.ReadAsync(), Is.EqualTo(PayloadReadOutcome.Payload));
        Assert.That(buffer.Reader.Payload.ToArray(), Is.EqualTo(payload));
        Assert.That(buffer.GetStatistics(), Is.EqualTo(new PayloadBufferStatistics(1, 0, 0, size + HeaderSize, 0, 0)));
        buffer.Reader.Release();
        Assert.That(buffer.GetStatistics(), Is.EqualTo(new PayloadBufferStatistics(1, 1, 0, 0, 0, 0)));
    }

    [Test]
    public async Task A_payload_may_span_many_pieces_of_memory()
    {
        var buffer = new PayloadBuffer(new PayloadBufferOptions { SegmentSize = 16 });
        byte[] payload = Payload(20_000);
        for (int i = 0; i < payload.Length; i += 100)
        {
            payload.AsSpan(i, 100).CopyTo(buffer.Writer.GetSpan(100));
            buffer.Writer.Advance(100);
        }

        await buffer.Writer.CommitAsync();
        await buffer.Reader.ReadAsync();
        Assert.That(buffer.Reader.Payload.IsSingleSegment, Is.False);
        Assert.That(buffer.Reader.Payload.ToArray(), Is.EqualTo(payload));
    }

    [Test]
    public async Task The_reader_gets_the_memory_that_the_writer_filled()
    {
        var buffer = new PayloadBuffer();
        Memory<byte> memory = buffer.Writer.GetMemory(4);
        buffer.Writer.Advance(4);
        await buffer.Writer.CommitAsync();
        await buffer.Reader.ReadAsync();
        memory.Span[2] = 99;
        Assert.That(buffer.Reader.Payload.FirstSpan[2], Is.EqualTo(99), "not a copy");
    }

    [Test]
    public async Task A_writer_waits_for_a_slow_reader_and_goes_on_when_less_than_half_is_left()
    {
        var buffer = new PayloadBuffer(new PayloadBufferOptions { Capacity = 4 * (HeaderSize + 8) });
        for (int i = 0; i < 3; i++)
            Assert.That(await Write(buffer, Payload(8)), Is.EqualTo(PayloadWriteOutcome.Written));
        Task<PayloadWriteOutcome> write = Write(buffer, Payload(8)).AsTask();
        for (int i = 0; i < 2; i++)
        {
            Assert.That(write.IsCompleted, Is.False);
            await buffer.Reader.ReadAsync();
            buffer.Reader.Release();
        }

        await buffer.Reader.ReadAsync();
        buffer.Reader.Release();
        Assert.That(await write, Is.EqualTo(PayloadWriteOutcome.Written));
        Assert.That((buffer.GetStatistics().WriterWaits, buffer.GetStatistics().BytesInFlight), Is.EqualTo((1L, 16L)));
    }

    [Test]
    public async Task A_cancelled_wait_leaves_the_payload_written_and_refuses_the_next_until_there_is_room()
    {
        var buffer = new PayloadBuffer(new PayloadBufferOptions { Capacity = 16 });
        using var cancellation = new CancellationTokenSource();
        Task<PayloadWriteOutcome> write = Write(buffer, Payload(50), cancellation.Token).AsTask();
        Assert.That(write.IsCompleted, Is.False);
        await cancellation.CancelAsync();
        Assert.That(await write, Is.EqualTo(PayloadWriteOutcome.WaitCanceled));
        Assert.That(Thrown.By<InvalidOperationException>(() => buffer.Writer.GetSpan(1)).Message, Does.Contain("await WaitForRoomAsync").IgnoreCase);
        Task<PayloadWriteOutcome> room = buffer.Writer.WaitForRoomAsync().AsTask();
        Assert.That(room.IsCompleted, Is.False);
        await buffer.Reader.ReadAsync();
        Assert.That(buffer.Reader.Payload.ToArray(), Is.EqualTo(Payload(50)));
        buffer.Reader.Release();
        Assert.That(await room, Is.EqualTo(PayloadWriteOutcome.Written));
        Assert.That(buffer.Writer.GetSpan(1).Length, Is.Positive);
    }

    [Test]
    public async Task A_token_that_is_cancelled_already_does_not_keep_a_payload_back()
    {
        var buffer = new PayloadBuffer(new PayloadBufferOptions { Capacity = 40 });
        var cancelled = new CancellationToken(canceled: true);
        Assert.That(await Write(buffer, Payload(1), cancelled), Is.EqualTo(PayloadWriteOutcome.Written));
        Assert.That(await Write(buffer, Payload(30), cancelled), Is.EqualTo(PayloadWriteOutcome.WaitCanceled));
        Assert.That(await ReadAll(buffer, 2), Is.EqualTo(new[] { Payload(1), Payload(30) }));
        Assert.That(await buffer.Writer.WaitForRoomAsync(), Is.EqualTo(PayloadWriteOutcome.Written));
    }

    [Test]
    public async Task A_cancelled_read_takes_nothing()
    {
        var buffer = new PayloadBuffer();
        using var cancellation = new CancellationTokenSource();
        Task<PayloadReadOutcome> read = buffer.Reader.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.That(await read, Is.EqualTo(PayloadReadOutcome.Canceled));
        await Write(buffer, Payload(5));
        Assert.That(await ReadAll(buffer, 1), Is.EqualTo(new[] { Payload(5) }));
        Assert.That(buffer.GetStatistics().ReaderWaits, Is.EqualTo(1));
    }

    [Test]
    public async Task A_payload_that_is_too_large_is_abandoned_and_the_next_one_arrives()
    {
        var buffer = new PayloadBuffer(new PayloadBufferOptions { MaxPayloadSize = 10 });
        buffer.Writer.GetSpan(8);
        buffer.Writer.Advance(8);
        PayloadTooLargeException error = Thrown.By<PayloadTooLargeException>(() => buffer.Writer.GetSpan(3));
        Assert.That((error.Size, error.MaxSize), Is.EqualTo((11L, 10)));
        Assert.That(error.Message, Does.Contain("at most 10 bytes").And.Contain("MaxPayloadSize").And.Contain("11"));
        buffer.Writer.GetSpan();
        Assert.Throws<PayloadTooLargeException>(() => buffer.Writer.Advance(11));
        await Write(buffer, Payload(10));
        Assert.That(await ReadAll(buffer, 1), Is.EqualTo(new[] { Payload(10) }));
        Assert.That(buffer.GetStatistics(), Is.EqualTo(new PayloadBufferStatistics(1, 1, 2, 0, 0, 0)));
    }

    [Test]
    public async Task Abandoned_payloads_are_bounded_too()
    {
        var buffer = new PayloadBuffer(new PayloadBufferOptions { Capacity = 64 });
        for (int i = 0; i < 4; i++)
        {
            buffer.Writer.GetSpan(8);
            buffer.Writer.Advance(8);
            buffer.Writer.Abandon();
        }

        Assert.Throws<InvalidOperationException>(() => buffer.Writer.GetSpan(1));
        Task<PayloadWriteOutcome> room = buffer.Writer.WaitForRoomAsync().AsTask();
        Task<PayloadReadOutcome> read = buffer.Reader.ReadAsync().AsTask();
        Assert.That(await room, Is.EqualTo(PayloadWriteOutcome.Written), "the reader passes what was abandoned");
        await Write(buffer, Payload(3));
        Assert.That(await read, Is.EqualTo(PayloadReadOutcome.Payload));
        Assert.That(buffer.Reader.Payload.ToArray(), Is.EqualTo(Payload(3)));
    }

    [Test]
    public async Task After_the_writer_has_ended_everything_committed_is_read()
    {
        var buffer = new PayloadBuffer();
        await Write(buffer, Payload(1));
        await Write(buffer, Payload(2));
        buffer.Writer.GetSpan(1);
        buffer.Writer.Advance(1);
        buffer.Writer.Complete();
        Assert.That(await ReadAll(buffer, 2), Is.EqualTo(new[] { Payload(1), Payload(2) }));
        Assert.That(await buffer.Reader.ReadAsync(), Is.EqualTo(PayloadReadOutcome.Completed));
        Assert.That(await buffer.Reader.ReadAsync(), Is.EqualTo(PayloadReadOutcome.Completed));
        Assert.That((buffer.GetStatistics().Abandoned, buffer.GetStatistics().BytesInFlight), Is.EqualTo((1L, 0L)));
        Assert.Throws<InvalidOperationException>(() => buffer.Writer.GetSpan(1));
    }

    [Test]
    public async Task The_end_of_the_writer_ends_a_reader_that_waits()
    {
        var buffer = new PayloadBuffer();
        Task<PayloadReadOutcome> read = buffer.Reader.ReadAsync().AsTask();
        buffer.Writer.Complete();
        Assert.That(await read, Is.EqualTo(PayloadReadOutcome.Completed));
    }

    [Test]
    public async Task The_end_of_the_reader_ends_a_writer_that_waits()
    {
        var buffer = new PayloadBuffer(new PayloadBufferOptions { Capacity = 16 });
        Task<PayloadWriteOutcome> write = Write(buffer, Payload(20)).AsTask();
        Assert.That(write.IsCompleted, Is.False);
        buffer.Reader.Complete();
        Assert.That(await write, Is.EqualTo(PayloadWriteOutcome.ReaderCompleted));
        Assert.That(await Write(buffer, Payload(1)), Is.EqualTo(PayloadWriteOutcome.ReaderCompleted));
    }

    [Test]
    public async Task A_damaged_header_is_noticed()
    {
        var buffer = new PayloadBuffer();
        await Write(buffer, Payload(4));
        await buffer.Reader.ReadAsync();
        // Behind the first payload lies the header of the second.
        Memory<byte> second = buffer.Writer.GetMemory(4);
        buffer.Writer.Advance(4);
        await buffer.Writer.CommitAsync();
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray<byte>(second, out ArraySegment<byte> array);
        array.Array![array.Offset - HeaderSize] ^= 1;
        buffer.Reader.Release();
        string message = Thrown.By<InvalidDataException>(() => buffer.Reader.ReadAsync().AsTask().GetAwaiter().GetResult()).Message;
        Assert.That(message, Does.Contain("header of payload 1 is damaged"));
        Assert.That(await Write(buffer, Payload(1)), Is.EqualTo(PayloadWriteOutcome.ReaderCompleted));
    }

    [Test]
    public async Task Bad_use_is_refused()
    {
        var buffer = new PayloadBuffer();
        Assert.Throws<InvalidOperationException>(() => buffer.Writer.Advance(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Writer.GetSpan(-1));
        Assert.Throws<InvalidOperationException>(() => _ = buffer.Reader.Payload);
        Assert.Throws<InvalidOperationException>(buffer.Reader.Release);
        await Write(buffer, Payload(1));
        await buffer.Reader.ReadAsync();
        Assert.Throws<InvalidOperationException>(() => _ = buffer.Reader.ReadAsync().AsTask());
        buffer.Writer.GetSpan(1);
        Assert.Throws<InvalidOperationException>(() => _ = buffer.Writer.WaitForRoomAsync().AsTask());
        buffer.Reader.Complete();
        Assert.Throws<InvalidOperationException>(() => _ = buffer.Reader.ReadAsync().AsTask());
    }

    [Test]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new PayloadBuffer(new PayloadBufferOptions { Capacity = 15 }));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new PayloadBuffer(new PayloadBufferOptions { MaxPayloadSize = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new PayloadBuffer(new PayloadBufferOptions { SegmentSize = 0 }));
    }

    private static byte[] Payload(int size) => [.. Enumerable.Range(0, size).Select(static i => (byte)(i * 31))];

    private static ValueTask<PayloadWriteOutcome> Write(PayloadBuffer buffer, byte[] payload, CancellationToken cancellationToken = default)
    {
        buffer.Writer.Write(payload);
        return buffer.Writer.CommitAsync(cancellationToken);
    }

    private static async Task<List<byte[]>> ReadAll(PayloadBuffer buffer, int count)
    {
        var payloads = new List<byte[]>();
        for (int i = 0; i < count; i++)
        {
            Assert.That(await buffer.Reader.ReadAsync(), Is.EqualTo(PayloadReadOutcome.Payload));
            payloads.Add(buffer.Reader.Payload.ToArray());
            buffer.Reader.Release();
        }

        return payloads;
    }
}
