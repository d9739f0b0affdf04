using Engine.Bus.Versions;
using Engine.Storage.Records;

namespace Engine.Storage.DeadLetters;

/// <summary>Makes dead letters of events from outside that a bus could not read, and that are in memory only until then.</summary>
public static class ParkedEventLetters
{
    /// <summary>The name under which they become dead letters.</summary>
    public const string Subscription = "versions";

    private const string UnreadableName = "unreadable.event";

    /// <summary>Moves all parked events to the dead letters. One that cannot be stored goes back and ends the call.</summary>
    /// <param name="letters">The letters.</param>
    /// <param name="parked">The parked events: of a <see cref="VersionedBus"/>.</param>
    /// <param name="source">The source of events whose publisher named none.</param>
    /// <param name="cancellationToken">Stops before the next event.</param>
    /// <returns>How many were moved.</returns>
    public static async Task<int> TakeParkedAsync(
        this SqlDeadLetters letters, ParkedEvents parked, string source = "bus", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(letters);
        ArgumentNullException.ThrowIfNull(parked);
        int count = 0;
        while (!cancellationToken.IsCancellationRequested && parked.TryTake() is { } item)
        {
            try
            {
                await letters.AddAsync(LetterOf(item, source), CancellationToken.None).ConfigureAwait(false);
                count++;
            }
            catch
            {
                parked.TryAdd(item.Event, item.Reason, item.Error);
                throw;
            }
        }

        return count;
    }

    /// <summary>Where these letters are delivered again: to the bus, once it can read them.</summary>
    /// <param name="bus">The bus.</param>
    public static RedriveTarget RedriveTarget(VersionedBus bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return DeadLetters.RedriveTarget.To(Subscription, (item, _, _) =>
        {
            DecodeOutcome outcome = bus.TryReceive(item.ToIncoming(), out _, out Exception? error);
            return outcome is DecodeOutcome.Current or DecodeOutcome.Upcast
                ? ValueTask.CompletedTask : throw new InvalidOperationException($"{item} still cannot be read: {outcome}.", error);
        });
    }

    private static DeadLetter LetterOf(ParkedEvent parked, string source)
    {
        Engine.Bus.EventIds ids = parked.Event.Ids;
        string name = parked.Event.Version.EventName ?? "";
        // Whatever came in, a letter of it can be stored; what had to be replaced is in the reason.
        bool isStorable = Engine.Events.EventDescriptor.IsName(name) && name.Length <= EventLimits.MaxTextLength
            && parked.Event.Version.Version >= 1 && parked.Event.Payload.Length > 0;
        var item = new StoredEvent
        {
            Id = ids.Id == Guid.Empty ? Guid.CreateVersion7() : ids.Id,
            EventType = isStorable ? name : UnreadableName,
            Version = isStorable ? parked.Event.Version.Version : 1,
            Data = parked.Event.Payload.Length > 0 ? parked.Event.Payload : "{}"u8.ToArray(),
            ContentType = parked.Event.ContentType ?? StoredEvent.DefaultContentType,
            Timestamp = ids.Details?.OccurredAt ?? parked.ParkedAt,
            Source = ids.Details?.Source ?? source,
            Key = ids.Details?.Key,
            CorrelationId = ids.CorrelationId,
            CausationId = ids.CausationId,
            Metadata = ids.Details?.Metadata ?? new Engine.Bus.EventDetails().Metadata,
        };
        string reason = $"{parked.Reason} of \"{name}\" v{parked.Event.Version.Version}, {parked.Event.Payload.Length} bytes";
        return DeadLetter.For(
            item, Subscription, 1, parked.Error is null ? reason : $"{reason}: {parked.Error.Message}", parked.Error, parked.ParkedAt,
            parked.ParkedAt);
    }
}
