using System.Buffers;
using System.Buffers.Binary;
using Engine.Bus.Payloads;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// A writer and a reader on different threads, with waits, cancelled waits and abandoned payloads: each committed payload
/// arrives once, whole and in order.
/// </summary>
[NonParallelizable]
internal sealed class PayloadBufferStress
{
    private const int Payloads = 50_000;
    private const int MaxSize = 700;
    private const int PrefixSize = 16;

    [Test]
    public void Committed_payloads_arrive_whole_and_in_order([Values(64, 4096, 1 << 20)] int capacity)
    {
        var buffer = new PayloadBuffer(new PayloadBufferOptions { Capacity = capacity, MaxPayloadSize = MaxSize, SegmentSize = 256 });
        Task<int> write = Task.Run(() => WriteAll(buffer, new Random(capacity)));
        Task<int> read = Task.Run(() => ReadAll(buffer, new Random(capacity + 1)));
        Assert.That((Eventually.Result(write), Eventually.Result(read)), Is.EqualTo((Payloads, Payloads)));
        PayloadBufferStatistics statistics = buffer.GetStatistics();
        Assert.That((statistics.Written, statistics.Released, statistics.BytesInFlight), Is.EqualTo(((long)Payloads, (long)Payloads, 0L)));
        Assert.That(statistics.Abandoned, Is.Positive);
    }

    private static async Task<int> WriteAll(PayloadBuffer buffer, Random random)
    {
        for (int i = 0; i < Payloads; i++)
        {
            if (random.Next(10) == 0)
            {
                buffer.Writer.Write(new byte[random.Next(100)]);
                buffer.Writer.Abandon();
                await buffer.Writer.WaitForRoomAsync();
            }

            Fill(buffer.Writer, i, random);
            using var cancellation = new CancellationTokenSource();
            ValueTask<PayloadWriteOutcome> commit = buffer.Writer.CommitAsync(cancellation.Token);
            if (random.Next(4) == 0)
                await cancellation.CancelAsync();
            PayloadWriteOutcome outcome = await commit;
            while (outcome == PayloadWriteOutcome.WaitCanceled)
                outcome = await buffer.Writer.WaitForRoomAsync();
            Assert.That(outcome, Is.EqualTo(PayloadWriteOutcome.Written));
        }

        buffer.Writer.Complete();
        return Payloads;
    }

    private static void Fill(PayloadWriter writer, int number, Random random)
    {
        byte[] body = new byte[random.Next(MaxSize - PrefixSize + 1)];
        random.NextBytes(body);
        Span<byte> prefix = writer.GetSpan(PrefixSize);
        BinaryPrimitives.WriteInt64LittleEndian(prefix, number);
        BinaryPrimitives.WriteInt64LittleEndian(prefix[8..], Checksum(body));
        writer.Advance(PrefixSize);
        // In pieces, so that payloads begin and end anywhere in the memory.
        for (int i = 0; i < body.Length; i += 50)
            writer.Write(body.AsSpan(i, Math.Min(50, body.Length - i)));
    }

    private static async Task<int> ReadAll(PayloadBuffer buffer, Random random)
    {
        int count = 0;
        while (await buffer.Reader.ReadAsync() == PayloadReadOutcome.Payload)
        {
            byte[] payload = buffer.Reader.Payload.ToArray();
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(payload), Is.EqualTo(count));
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(payload.AsSpan(8)), Is.EqualTo(Checksum(payload.AsSpan(PrefixSize))));
            if (random.Next(100) == 0)
                await Task.Yield();
            Assert.That(buffer.GetStatistics().BytesInFlight, Is.Positive);
            buffer.Reader.Release();
            count++;
        }

        return count;
    }

    private static long Checksum(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in bytes)
            hash = (hash ^ b) * 1099511628211;
        return (long)hash;
    }
}
