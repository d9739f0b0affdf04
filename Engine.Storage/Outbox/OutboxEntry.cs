using System.Data.Common;
using System.Text.Json.Serialization;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Outbox;

/// <summary>A row of the outbox. Immutable.</summary>
public sealed record OutboxEntry
{
    /// <summary>Number of the row: rows are published in this order where they have the same key.</summary>
    [JsonPropertyName("id")]
    public required long Id { get; init; }

    /// <summary>The event.</summary>
    [JsonIgnore]
    public required StoredEvent Event { get; init; }

    /// <summary>The event's name.</summary>
    [JsonPropertyName("topic")]
    public string Topic => Event.EventType;

    /// <summary>What is to become of it.</summary>
    [JsonPropertyName("status")]
    public required OutboxStatus Status { get; init; }

    /// <summary>Attempts that failed.</summary>
    [JsonPropertyName("retry_count")]
    public required int RetryCount { get; init; }

    /// <summary>Why the latest failed; null if none did.</summary>
    [JsonPropertyName("error_msg")]
    public required string? ErrorMessage { get; init; }

    /// <summary>When it was added.</summary>
    [JsonPropertyName("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last.</summary>
    [JsonPropertyName("updated_at")]
    public required DateTimeOffset UpdatedAt { get; init; }

    internal const string Columns =
        "id, event_id, topic, version, payload, content_type, key, status, retry_count, error_msg, correlation_id, causation_id, source, "
        + "timestamp, metadata, created_at, updated_at";

    internal static OutboxEntry Read(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Event = new StoredEvent
        {
            Id = row.GetGuid(1),
            EventType = row.GetString(2),
            Version = checked((int)row.GetInt64(3)),
            Data = row.GetFieldValue<byte[]>(4),
            ContentType = row.GetString(5),
            Key = row.IsDBNull(6) ? null : row.GetString(6),
            CorrelationId = row.GetGuid(10),
            CausationId = row.GetGuid(11),
            Source = row.GetString(12),
            Timestamp = new DateTimeOffset(row.GetInt64(13), TimeSpan.Zero),
            Metadata = MetadataText.Read(row.IsDBNull(14) ? null : row.GetString(14)),
        },
        Status = Enum.Parse<OutboxStatus>(row.GetString(7), ignoreCase: true),
        RetryCount = checked((int)row.GetInt64(8)),
        ErrorMessage = row.IsDBNull(9) ? null : row.GetString(9),
        CreatedAt = new DateTimeOffset(row.GetInt64(15), TimeSpan.Zero),
        UpdatedAt = new DateTimeOffset(row.GetInt64(16), TimeSpan.Zero),
    };
}

/// <summary>What is to become of a row of the outbox.</summary>
public enum OutboxStatus
{
    /// <summary>It is to be published.</summary>
    Pending,

    /// <summary>A dispatcher has it.</summary>
    Processing,

    /// <summary>It was published, and that was confirmed.</summary>
    Processed,

    /// <summary>Publishing it failed; it is tried again.</summary>
    Failed,

    /// <summary>It failed as often as it may, and is a dead letter now. Its key goes on.</summary>
    Dead,

    /// <summary>It failed as often as it may, and its key waits until somebody decides.</summary>
    Blocked,
}
