using System.Buffers.Binary;
using System.Data.Common;
using System.Globalization;
using System.Text;
using Engine.Storage.Databases;
using Engine.Storage.Frames;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>A row of the table of events, from and to the record.</summary>
internal static class EventRow
{
    public const string Columns =
        "sequence, id, event_type, version, data, content_type, timestamp, recorded_at, source, key, correlation_id, causation_id, "
        + "metadata, checksum, erased_at, erased_by, erased_reason, stream, stream_version";

    /// <summary>The same without what an erasure takes away and nobody has to understand.</summary>
    public static readonly string ErasedColumns = Columns.Replace("metadata", "NULL", StringComparison.Ordinal);

    private const string InsertSql =
        """
        INSERT INTO events(sequence, id, event_type, version, data, content_type, timestamp, recorded_at, source, key, correlation_id,
            causation_id, metadata, checksum, stream, stream_version)
        VALUES(@sequence, @id, @type, @version, @data, @content, @timestamp, @recorded, @source, @key, @correlation, @causation, @metadata,
            @checksum, @stream, @streamversion) ON CONFLICT(id) DO NOTHING
        """;

    /// <summary>Inserts an event, unless its id is there.</summary>
    public static bool TryInsert(SqlSession session, StoredEvent item)
    {
        string? metadata = MetadataText.Write(item.Metadata);
        return session.Execute(
            InsertSql, ("sequence", item.Sequence), ("id", item.Id), ("type", item.EventType), ("version", item.Version),
            ("data", item.Data), ("content", item.ContentType), ("timestamp", item.Timestamp), ("recorded", item.RecordedAt),
            ("source", item.Source), ("key", item.Key), ("correlation", item.CorrelationId), ("causation", item.CausationId),
            ("metadata", metadata), ("checksum", ChecksumOf(item, metadata)), ("stream", item.Stream),
            ("streamversion", item.Stream is null ? (long?)null : item.StreamVersion)) == 1;
    }

    /// <summary>Makes the record of a row.</summary>
    /// <exception cref="StorageException">The row does not have the checksum it was stored with.</exception>
    public static StoredEvent Read(DbDataReader row)
    {
        StoredEvent item = ReadUnchecked(row, out string? metadata);
        long expected = row.GetInt64(13);
        long actual = ChecksumOf(item, metadata);
        return expected == actual
            ? item
            : throw new StorageException(
                "reading an event", $"{item} is damaged: its checksum is {actual:x8}, and it was stored with {expected:x8}.");
    }

    /// <summary>Makes the record of a row of <see cref="ErasedColumns"/>, damaged or not: what goes need not be whole.</summary>
    public static StoredEvent ReadToErase(DbDataReader row) => ReadUnchecked(row, out _);

    private static StoredEvent ReadUnchecked(DbDataReader row, out string? metadata)
    {
        metadata = row.IsDBNull(12) ? null : row.GetString(12);
        return new StoredEvent
        {
            Sequence = row.GetInt64(0),
            Id = row.GetGuid(1),
            EventType = row.GetString(2),
            Version = checked((int)row.GetInt64(3)),
            Data = row.GetFieldValue<byte[]>(4),
            ContentType = row.GetString(5),
            Timestamp = Time(row.GetInt64(6)),
            RecordedAt = Time(row.GetInt64(7)),
            Source = row.GetString(8),
            Key = row.IsDBNull(9) ? null : row.GetString(9),
            CorrelationId = row.GetGuid(10),
            CausationId = row.GetGuid(11),
            Metadata = MetadataText.Read(metadata),
            Erasure = row.IsDBNull(14) ? null : new EventErasure(Time(row.GetInt64(14)), row.GetString(15), row.GetString(16)),
            Stream = row.IsDBNull(17) ? null : row.GetString(17),
            StreamVersion = row.IsDBNull(18) ? 0 : row.GetInt64(18),
        };
    }

    /// <summary>CRC-32C of all that the publisher gave and the store added, erasure aside.</summary>
    public static long ChecksumOf(StoredEvent item, string? metadata)
    {
        string texts = string.Join('\0', item.EventType, item.ContentType, item.Source, item.Key, metadata);
        if (item.Stream is not null)
            texts = string.Create(CultureInfo.InvariantCulture, $"{texts}\0{item.Stream}\0{item.StreamVersion}");
        byte[] head = new byte[76 + Encoding.UTF8.GetMaxByteCount(texts.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(head, item.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(8), item.Timestamp.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), item.RecordedAt.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(24), item.Version);
        item.Id.TryWriteBytes(head.AsSpan(28));
        item.CorrelationId.TryWriteBytes(head.AsSpan(44));
        item.CausationId.TryWriteBytes(head.AsSpan(60));
        int length = 76 + Encoding.UTF8.GetBytes(texts, head.AsSpan(76));
        return Crc32C.Of(head.AsSpan(0, length), item.Data.Span);
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
