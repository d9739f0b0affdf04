using System.Text;
using System.Text.Json;
using Engine.Storage.Records;

namespace Engine.Storage.DeadLetters;

/// <summary>Dead letters as lines of JSON, to be kept elsewhere or brought to another database.</summary>
public static class DeadLetterLines
{
    private const int MaxErrors = 100;

    /// <summary>Writes letters, one a line, by number; a page at a time. The letters stay.</summary>
    /// <param name="letters">The letters.</param>
    /// <param name="output">Where the lines go, in UTF-8; left open.</param>
    /// <param name="filter">Which; null for all that are not resolved.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many there were.</returns>
    public static async Task<long> ExportAsync(
        this SqlDeadLetters letters, Stream output, DeadLetterFilter? filter = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(letters);
        ArgumentNullException.ThrowIfNull(output);
        long count = 0;
        long after = 0;
        while (true)
        {
            IReadOnlyList<DeadLetter> page = await letters.ListAsync(filter, after, SqlDeadLetters.MaxPageLength, cancellationToken)
                .ConfigureAwait(false);
            if (page.Count == 0)
                return count;
            foreach (DeadLetter letter in page)
            {
                byte[] line = DeadLetterLineJsonContext.Write(DeadLetterLine.Of(letter));
                await output.WriteAsync(line, cancellationToken).ConfigureAwait(false);
                await output.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            }

            count += page.Count;
            after = page[^1].Id;
        }
    }

    /// <summary>
    /// Reads lines that were exported, and stores each letter, unless there is one for the same event and subscription: so lines may be
    /// read twice. A line that is no letter is reported, and the others are stored.
    /// </summary>
    /// <param name="letters">The letters.</param>
    /// <param name="input">The lines, in UTF-8; left open.</param>
    /// <param name="cancellationToken">Gives up; what was stored stays.</param>
    /// <exception cref="Databases.StorageException">The database failed.</exception>
    public static async Task<DeadLetterImportReport> ImportAsync(
        this SqlDeadLetters letters, Stream input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(letters);
        ArgumentNullException.ThrowIfNull(input);
        var errors = new List<DeadLetterImportError>();
        long added = 0;
        long known = 0;
        long failed = 0;
        long number = 0;
        using var reader = new StreamReader(input, Encoding.UTF8, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                DeadLetter letter = DeadLetterLineJsonContext.Read(line).ToLetter();
                if (await letters.TryImportAsync(letter, cancellationToken).ConfigureAwait(false))
                    added++;
                else
                    known++;
            }
            catch (Exception error) when (error is JsonException or FormatException or ArgumentException)
            {
                failed++;
                if (errors.Count < MaxErrors)
                    errors.Add(new DeadLetterImportError(number, error.Message));
            }
        }

        return new DeadLetterImportReport(added, known, failed, errors);
    }
}

/// <summary>What an import came to.</summary>
/// <param name="Added">Letters that were stored.</param>
/// <param name="Known">Letters that were there already.</param>
/// <param name="Failed">Lines that are no letters.</param>
/// <param name="Errors">The first 100 of those.</param>
public sealed record DeadLetterImportReport(long Added, long Known, long Failed, IReadOnlyList<DeadLetterImportError> Errors);

/// <summary>A line that is no letter.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Problem">What is wrong.</param>
public sealed record DeadLetterImportError(long Line, string Problem);

/// <summary>A letter as a line has it. The payload is in base64, so that its bytes come back as they were.</summary>
internal sealed record DeadLetterLine
{
    public required Guid EventId { get; init; }

    public long Sequence { get; init; }

    public required string Topic { get; init; }

    public int Version { get; init; } = 1;

    public required byte[] Payload { get; init; }

    public string ContentType { get; init; } = StoredEvent.DefaultContentType;

    public required string Subscription { get; init; }

    public int Failures { get; init; } = 1;

    public int ReplayCount { get; init; }

    public DateTimeOffset FirstFailedAt { get; init; }

    public DateTimeOffset LastFailedAt { get; init; }

    public string? ErrorType { get; init; }

    public string? ErrorMsg { get; init; } = "";

    public string? Stack { get; init; }

    public string? Fingerprint { get; init; }

    public Guid CorrelationId { get; init; }

    public Guid CausationId { get; init; }

    public required string Source { get; init; }

    public string? Key { get; init; }

    public DateTimeOffset Timestamp { get; init; }

    public Dictionary<string, string>? Metadata { get; init; }

    public string Status { get; init; } = "waiting";

    public static DeadLetterLine Of(DeadLetter letter) => new()
    {
        EventId = letter.Event.Id,
        Sequence = letter.Event.Sequence,
        Topic = letter.Event.EventType,
        Version = letter.Event.Version,
        Payload = letter.Event.Data.ToArray(),
        ContentType = letter.Event.ContentType,
        Subscription = letter.Subscription,
        Failures = letter.Failures,
        ReplayCount = letter.ReplayCount,
        FirstFailedAt = letter.FirstFailedAt,
        LastFailedAt = letter.LastFailedAt,
        ErrorType = letter.ErrorType,
        ErrorMsg = letter.ErrorMessage,
        Stack = letter.Stack,
        Fingerprint = letter.Fingerprint,
        CorrelationId = letter.Event.CorrelationId,
        CausationId = letter.Event.CausationId,
        Source = letter.Event.Source,
        Key = letter.Event.Key,
        Timestamp = letter.Event.Timestamp,
        Metadata = letter.Event.Metadata.Count == 0 ? null : new Dictionary<string, string>(letter.Event.Metadata),
        Status = DeadLetterRow.Text(letter.Status),
    };

    public DeadLetter ToLetter()
    {
        if (string.IsNullOrWhiteSpace(Subscription) || Subscription.Contains('\0', StringComparison.Ordinal))
            throw new FormatException("The subscription must not be empty, and have no NUL.");
        if (Failures < 1 || ReplayCount < 0)
            throw new FormatException($"Failures must be 1 or more and replays 0 or more; they are {Failures} and {ReplayCount}.");
        if (Status is not ("waiting" or "exhausted"))
            throw new FormatException($"The status must be waiting or exhausted; it is \"{Status}\".");
        return new DeadLetter
        {
            Event = new StoredEvent
            {
                Id = EventId,
                Sequence = Sequence,
                EventType = Topic,
                Version = Version,
                Data = Payload,
                ContentType = ContentType,
                CorrelationId = CorrelationId,
                CausationId = CausationId,
                Source = Source,
                Key = Key,
                Timestamp = Timestamp,
                Metadata = Metadata ?? [],
            },
            Subscription = Subscription,
            Failures = Failures,
            ReplayCount = ReplayCount,
            FirstFailedAt = FirstFailedAt,
            LastFailedAt = LastFailedAt,
            ErrorType = ErrorType,
            ErrorMessage = ErrorMsg ?? "",
            Stack = Stack,
            Fingerprint = Fingerprint ?? "",
            Status = Status == "exhausted" ? DeadLetterStatus.Exhausted : DeadLetterStatus.Waiting,
        };
    }
}
