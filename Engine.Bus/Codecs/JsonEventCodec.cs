using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Engine.Events;

namespace Engine.Bus.Codecs;

/// <summary>JSON in UTF-8, as source-generated or otherwise given metadata say. Nothing is found out by reflection.</summary>
internal sealed class JsonEventCodec<T>(JsonTypeInfo<T> typeInfo) : IEventCodec<T>
    where T : IEvent<T>
{
    // The writer takes these from here, not from the metadata's options.
    private readonly JsonWriterOptions _writerOptions = new()
    {
        Encoder = typeInfo.Options.Encoder,
        Indented = typeInfo.Options.WriteIndented,
        IndentCharacter = typeInfo.Options.IndentCharacter,
        IndentSize = typeInfo.Options.IndentSize,
        NewLine = typeInfo.Options.NewLine,
        MaxDepth = typeInfo.Options.MaxDepth,
        SkipValidation = true,
    };

    private readonly JsonReaderOptions _readerOptions = new()
    {
        AllowTrailingCommas = typeInfo.Options.AllowTrailingCommas,
        CommentHandling = typeInfo.Options.ReadCommentHandling,
        MaxDepth = typeInfo.Options.MaxDepth,
    };

    // One kept for use again is enough for a thread, as a codec is not called inside itself.
    private Utf8JsonWriter? _spare;

    public string ContentType => "application/json";

    public void Encode(in T @event, IBufferWriter<byte> output)
    {
        Utf8JsonWriter? writer = Interlocked.Exchange(ref _spare, null);
        if (writer is null)
            writer = new Utf8JsonWriter(output, _writerOptions);
        else
            writer.Reset(output);
        // After a failure it is not kept: it may hold part of an event.
        JsonSerializer.Serialize(writer, @event, typeInfo);
        writer.Flush();
        writer.Reset(NoOutput.Instance);
        Volatile.Write(ref _spare, writer);
    }

    public T Decode(in ReadOnlySequence<byte> payload)
    {
        var reader = new Utf8JsonReader(payload, _readerOptions);
        T? @event = JsonSerializer.Deserialize(ref reader, typeInfo);
        // Throws where something else follows than white space.
        if (reader.Read())
            throw new JsonException("Something follows the event.");
        return @event!;
    }

    /// <summary>What a writer that nobody uses points to, so that it keeps nobody's buffer alive.</summary>
    private sealed class NoOutput : IBufferWriter<byte>
    {
        public static NoOutput Instance { get; } = new();

        public void Advance(int count) => throw new InvalidOperationException("A JSON writer that is not in use has been written to.");

        public Memory<byte> GetMemory(int sizeHint = 0) =>
            throw new InvalidOperationException("A JSON writer that is not in use has been written to.");

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
