using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Engine.Storage.Journals;

/// <summary>
/// The account of a session as it is in its frame: what the host says, what the writer counted, the digests of all frames before it, and
/// a signature over all of that. The layout is described in <c>docs/design/journal-format.md</c>.
/// </summary>
internal sealed record AccountRecord(
    long FirstFrame, long FrameCount, IReadOnlyList<string> Groups, IReadOnlyList<AccountedStream> Streams, JournalAccount Host)
{
    public const string EventType = "journal.account";
    public const string Layout = "Text:u8@0";

    private const int SignatureBytes = 32;

    private enum Scheme : byte
    {
        Sha256 = 0,
        HmacSha256 = 1,
    }

    /// <summary>The payload of the frame.</summary>
    public byte[] Sign(byte[]? key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer);
        Scheme scheme = key is null ? Scheme.Sha256 : Scheme.HmacSha256;
        return [(byte)scheme, .. Signature(buffer.WrittenSpan, key), .. buffer.WrittenSpan];
    }

    /// <summary>Reads a payload and looks at its signature.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="key">The key it must be signed with; null where none is known.</param>
    /// <param name="fault">What is wrong with it; null where nothing is.</param>
    /// <returns>The account; null where it cannot be read.</returns>
    public static AccountRecord? Read(ReadOnlySpan<byte> payload, byte[]? key, out string? fault)
    {
        fault = null;
        if (payload.Length <= 1 + SignatureBytes)
        {
            fault = "the account is too short";
            return null;
        }

        ReadOnlySpan<byte> text = payload[(1 + SignatureBytes)..];
        bool isSignedByKey = payload[0] == (byte)Scheme.HmacSha256;
        if (payload[0] > (byte)Scheme.HmacSha256)
            fault = $"the account is signed in a way that is not known, {payload[0]}";
        else if (!isSignedByKey && key is not null)
            fault = "the account is not signed with a key";
        else if ((!isSignedByKey || key is not null)
            && !CryptographicOperations.FixedTimeEquals(Signature(text, isSignedByKey ? key : null), payload.Slice(1, SignatureBytes)))
            fault = "the signature of the account is not right";
        try
        {
            using JsonDocument document = JsonDocument.Parse(text.ToArray());
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            fault ??= "the account cannot be read";
            return null;
        }
    }

    /// <summary>Whether a payload is signed with a key.</summary>
    public static bool IsSignedByKey(ReadOnlySpan<byte> payload) => payload is [(byte)Scheme.HmacSha256, ..];

    private static byte[] Signature(ReadOnlySpan<byte> text, byte[]? key) =>
        key is null ? SHA256.HashData(text) : HMACSHA256.HashData(key, text);

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("firstFrame", FirstFrame);
        writer.WriteNumber("frames", FrameCount);
        writer.WriteStartArray("groups");
        foreach (string group in Groups)
            writer.WriteStringValue(group);
        writer.WriteEndArray();
        WriteRows(writer, "streams", Streams, static (w, stream) =>
        {
            w.WriteString("type", stream.EventType);
            w.WriteNumber("producerId", stream.ProducerId);
            w.WriteString("producer", stream.Producer);
            w.WriteNumber("events", stream.Events);
            w.WriteNumber("lostInRing", stream.LostInRing);
            w.WriteNumber("dropped", stream.Dropped);
        });
        WriteRows(writer, "engine", Host.Engine, static (w, row) =>
        {
            w.WriteString("type", row.EventType);
            w.WriteNumber("producerId", row.ProducerId);
            w.WriteString("producer", row.Producer);
            w.WriteNumber("offered", row.Offered);
            w.WriteNumber("published", row.Published);
            w.WriteNumber("dispatched", row.Dispatched);
            w.WriteNumber("droppedIncoming", row.DroppedIncoming);
            w.WriteNumber("droppedOldest", row.DroppedOldest);
            w.WriteNumber("rejected", row.Rejected);
            w.WriteNumber("buffered", row.Buffered);
        });
        WriteRows(writer, "counters", Host.Counters, static (w, counter) =>
        {
            w.WriteString("name", counter.Name);
            w.WriteNumber("value", counter.Value);
            w.WriteString("type", counter.EventType);
        });
        writer.WriteEndObject();
    }

    private static void WriteRows<T>(Utf8JsonWriter writer, string name, IReadOnlyList<T> rows, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (T row in rows)
        {
            writer.WriteStartObject();
            write(writer, row);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static AccountRecord Read(JsonElement root) => new(
        Number(root, "firstFrame"),
        Number(root, "frames"),
        [.. root.GetProperty("groups").EnumerateArray().Select(static group => group.GetString()!)],
        [.. root.GetProperty("streams").EnumerateArray().Select(static row => new AccountedStream(
            Text(row, "type"), (int)Number(row, "producerId"), Text(row, "producer"), Number(row, "events"), Number(row, "lostInRing"),
            Number(row, "dropped")))],
        new JournalAccount(
            [.. root.GetProperty("engine").EnumerateArray().Select(static row => new AccountedEvents(
                Text(row, "type"), (int)Number(row, "producerId"), Text(row, "producer"), Number(row, "offered"),
                Number(row, "published"), Number(row, "dispatched"), Number(row, "droppedIncoming"), Number(row, "droppedOldest"),
                Number(row, "rejected"), Number(row, "buffered")))],
            [.. root.GetProperty("counters").EnumerateArray().Select(static row => new AccountedCounter(
                Text(row, "name"), Number(row, "value"), row.GetProperty("type").GetString()))]));

    private static long Number(JsonElement row, string name) => row.GetProperty(name).GetInt64();

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString() ?? "";
}

/// <summary>What a journal's writer counted of a stream.</summary>
/// <param name="EventType">The event type's name.</param>
/// <param name="ProducerId">The producer's number within its engine.</param>
/// <param name="Producer">Its name.</param>
/// <param name="Events">Events recorded.</param>
/// <param name="LostInRing">Events that a ring had lost before.</param>
/// <param name="Dropped">Events that the journal dropped.</param>
internal sealed record AccountedStream(string EventType, int ProducerId, string Producer, long Events, long LostInRing, long Dropped);
