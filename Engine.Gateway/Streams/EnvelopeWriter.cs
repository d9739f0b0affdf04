using System.Buffers;
using System.Text.Json;
using Engine.Gateway.Events;

namespace Engine.Gateway.Streams;

/// <summary>Serializes events into envelopes. For one thread at a time; kept for use again.</summary>
internal sealed class EnvelopeWriter : IDisposable
{
    private const int MaxKeptBytes = 256 * 1024;

    private readonly Utf8JsonWriter _writer;
    private ArrayBufferWriter<byte> _buffer = new(1024);

    public EnvelopeWriter() => _writer = new Utf8JsonWriter(_buffer);

    /// <summary>Serializes an event. The result is valid until the next one.</summary>
    public ReadOnlyMemory<byte> Write<T>(
        GatewayEventType.Typed<T> type, string wireName, string resourceId, DateTimeOffset occurredAt, in T @event)
        where T : IGatewayEvent<T>
    {
        Prepare();
        _writer.WriteStartObject();
        _writer.WriteString("event"u8, wireName);
        _writer.WriteString("timestamp"u8, UtcTimeConverter.Write(occurredAt));
        _writer.WriteString("resource_id"u8, resourceId);
        _writer.WritePropertyName("data"u8);
        type.Write(_writer, @event);
        _writer.WriteEndObject();
        _writer.Flush();
        return WithoutLineBreaks();
    }

    public void Dispose() => _writer.Dispose();

    private void Prepare()
    {
        if (_buffer.Capacity > MaxKeptBytes)
            _buffer = new ArrayBufferWriter<byte>(1024);
        _buffer.ResetWrittenCount();
        _writer.Reset(_buffer);
    }

    // Only converters of a host's own write them, between tokens, where a space means the same.
    private ReadOnlyMemory<byte> WithoutLineBreaks()
    {
        ReadOnlyMemory<byte> json = _buffer.WrittenMemory;
        if (!json.Span.ContainsAny((byte)'\r', (byte)'\n'))
            return json;
        byte[] copy = json.ToArray();
        copy.AsSpan().Replace((byte)'\r', (byte)' ');
        copy.AsSpan().Replace((byte)'\n', (byte)' ');
        return copy;
    }
}
