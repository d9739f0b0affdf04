namespace Engine.Dashboard.Api;

/// <summary><c>GET /api/v1/store</c>: what is known of the event store.</summary>
internal sealed record StoreStatus(
    string Database, string Epoch, long FirstSequence, long LastSequence, long EventCount, long DataBytes,
    IReadOnlyList<NamedCount> CountByType, int OmittedTypes, double CacheHitRate, int CachedCount, int PendingWrites, double AppendP50Ms,
    double AppendP99Ms, DateTimeOffset? LastTrimmedAt);

/// <summary>How many of something there are.</summary>
internal sealed record NamedCount(string Name, long Count);

/// <summary><c>GET /api/v1/store/events</c>: a page of stored events, the newest first.</summary>
/// <param name="Events">The events.</param>
/// <param name="Before">What to give as <c>before</c> for the next page; 0 if there is none.</param>
/// <param name="Tail">The last place of all.</param>
internal sealed record StoredEventPage(IReadOnlyList<StoredEventItem> Events, long Before, long Tail);

/// <summary>A stored event. Data that are longer than 1,000 characters are cut.</summary>
internal sealed record StoredEventItem(
    long Sequence, Guid Id, string Type, int Version, string? Key, string Source, DateTimeOffset Timestamp, DateTimeOffset RecordedAt,
    Guid CorrelationId, Guid CausationId, string? Stream, long StreamVersion, string Data, int DataBytes, bool IsErased);

/// <summary><c>GET /api/v1/store/streams</c>: streams of the store by name.</summary>
internal sealed record StoreStreams(IReadOnlyList<StoreStreamItem> Streams, string? After);

/// <summary>A stream of the store.</summary>
internal sealed record StoreStreamItem(string Name, long Version, bool IsDeleted);

/// <summary><c>GET /api/v1/store/streams/NAME</c>: a page of a stream's history.</summary>
internal sealed record StoreStreamPage(
    string Name, long Version, bool IsDeleted, IReadOnlyList<StoredEventItem> Events, long NextVersion, bool IsLast);

/// <summary><c>GET /api/v1/dead-letters</c>: letters by number, and what is known of all.</summary>
internal sealed record DeadLetterPage(
    IReadOnlyList<DeadLetterItem> Letters, long After, bool HasMore, long Count, long Exhausted, double OldestAgeSeconds,
    IReadOnlyList<string> Targets);

/// <summary>A dead letter.</summary>
internal sealed record DeadLetterItem(
    long Id, string Topic, string Subscription, string Status, int Failures, int ReplayCount, DateTimeOffset FirstFailedAt,
    DateTimeOffset LastFailedAt, string? ErrorType, string ErrorMessage, string? Stack, string Fingerprint, StoredEventItem Event);

/// <summary><c>POST /api/v1/dead-letters/redrive</c>: what became of them.</summary>
internal sealed record RedriveResult(bool IsDryRun, int Matched, int Delivered, int Failed, int NotTaken, int Exhausted);

/// <summary><c>POST /api/v1/dead-letters/discard</c>: how many there were.</summary>
internal sealed record DiscardResult(int Discarded);

/// <summary><c>GET /api/v1/outbox</c>: what is known of the outbox, and its newest rows.</summary>
internal sealed record OutboxStatusPage(
    IReadOnlyList<NamedCount> CountByStatus, double OldestPendingSeconds, long PublishedLastMinute, double LagP50Ms, double LagP99Ms,
    bool IsAlert, IReadOnlyList<OutboxItem> Rows, long OmittedRows);

/// <summary>A row of the outbox.</summary>
internal sealed record OutboxItem(
    long Id, Guid EventId, string Topic, string? Key, string Status, int RetryCount, string? Error, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary><c>GET /api/v1/subscriptions</c>: the durable subscriptions of the store.</summary>
internal sealed record DurableSubscriptionPage(long Tail, IReadOnlyList<DurableSubscriptionItem> Subscriptions, int Omitted);

/// <summary>A durable subscription.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Position">The last place up to which all is settled and saved.</param>
/// <param name="Lag">Places behind that.</param>
/// <param name="IsHeld">Whether a process has it at the moment.</param>
/// <param name="UpdatedAt">When the place was saved last.</param>
internal sealed record DurableSubscriptionItem(string Name, long Position, long Lag, bool IsHeld, DateTimeOffset UpdatedAt);

/// <summary><c>GET /api/v1/journal</c>: the segments of a journal, and what they hold.</summary>
internal sealed record JournalStatusPage(
    string Directory, IReadOnlyList<JournalSegmentItem> Segments, int OmittedSegments, long Frames, long Events, long Bytes,
    double BitsPerEvent, bool IsWhole, IReadOnlyList<NamedCount> EventsByType);

/// <summary>A segment of a journal.</summary>
internal sealed record JournalSegmentItem(string Name, long Bytes, DateTimeOffset WrittenAt);
