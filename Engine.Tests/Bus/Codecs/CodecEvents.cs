using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json.Serialization;
using Engine.Bus.Codecs;
using Engine.Events;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Codecs;

/// <summary>What the JSON of the tests' events is.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OrderCreated))]
[JsonSerializable(typeof(Reading))]
internal sealed partial class CodecJsonContext : JsonSerializerContext;

/// <summary>A plain event whose type says nothing of versions.</summary>
internal readonly record struct Reading(int SensorId, double Value) : IEvent<Reading>
{
    public static EventDescriptor Descriptor { get; } = new("sensor.reading");
}

/// <summary>Twelve bytes for a reading. Fails where a test wants it to.</summary>
internal sealed class ReadingCodec : IEventCodec<Reading>
{
    public const int Size = 12;

    public Exception? Failure { get; set; }

    /// <summary>Bytes written before the failure.</summary>
    public int WrittenBeforeFailure { get; set; }

    public string ContentType => "application/x-reading";

    public void Encode(in Reading @event, IBufferWriter<byte> output)
    {
        if (Failure is not null)
        {
            output.Write(new byte[WrittenBeforeFailure]);
            throw Failure;
        }

        Span<byte> bytes = output.GetSpan(Size);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, @event.SensorId);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[4..], @event.Value);
        output.Advance(Size);
    }

    public Reading Decode(in ReadOnlySequence<byte> payload)
    {
        if (Failure is not null)
            throw Failure;
        if (payload.Length != Size)
            throw new InvalidDataException($"A reading has {Size} bytes, and these are {payload.Length}.");
        Span<byte> bytes = stackalloc byte[Size];
        payload.CopyTo(bytes);
        return new Reading(BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadDoubleLittleEndian(bytes[4..]));
    }
}
