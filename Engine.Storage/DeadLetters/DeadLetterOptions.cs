using Engine.Primitives;
using Engine.Storage.Records;

namespace Engine.Storage.DeadLetters;

/// <summary>How dead letters are kept and delivered again. Immutable.</summary>
public sealed record DeadLetterOptions
{
    /// <summary>Makes records of parked messages; needed where the letters are the store of a subscription's parked messages.</summary>
    public StoredEventFactory? Events { get; init; }

    /// <summary>How long letters are kept: 1 s or more.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Letters that are kept: 1 or more.</summary>
    public long MaxCount { get; init; } = 100_000;

    /// <summary>How long letters are kept after they were delivered and acknowledged: 0 or more; 0 to delete them at once.</summary>
    public TimeSpan ResolvedRetention { get; init; }

    /// <summary>How long whoever delivers a letter again has it for itself: 1 s to 1 day.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an acknowledgement is waited for: above 0, at most 1 day, and shorter than the lease.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Letters above which there is an alert: 0 or more.</summary>
    public long AlertCount { get; init; } = 1000;

    /// <summary>The age of the oldest letter above which there is an alert: 0 or more.</summary>
    public TimeSpan AlertAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Is told what happens, for a log; null for nobody. Called on any thread; what it throws is counted and dropped.
    /// </summary>
    public Action<DeadLetterNotice>? OnNotice { get; init; }

    internal static OptionTable<DeadLetterOptions> Ranges { get; } = new OptionTable<DeadLetterOptions>("dead letters")
        .With(nameof(Retention), OptionRange.AtLeast(TimeSpan.FromSeconds(1)), static o => o.Retention)
        .With(nameof(MaxCount), OptionRange.AtLeast(1L), static o => o.MaxCount)
        .With(nameof(ResolvedRetention), OptionRange.AtLeast(TimeSpan.Zero), static o => o.ResolvedRetention)
        .With(nameof(Lease), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), static o => o.Lease)
        .With(nameof(DeliveryTimeout), OptionRange.Above(TimeSpan.Zero, TimeSpan.FromDays(1)), static o => o.DeliveryTimeout)
        .With(nameof(AlertCount), OptionRange.AtLeast(0L), static o => o.AlertCount)
        .With(nameof(AlertAge), OptionRange.AtLeast(TimeSpan.Zero), static o => o.AlertAge);

    internal void Validate()
    {
        Ranges.Check(this);
        if (DeliveryTimeout >= Lease)
        {
            throw new ArgumentOutOfRangeException(
                nameof(DeliveryTimeout), DeliveryTimeout,
                $"{nameof(DeliveryTimeout)} of dead letters must be shorter than {nameof(Lease)}, which is {Lease:c}.");
        }
    }
}

/// <summary>What happened to a letter.</summary>
/// <param name="Kind">What.</param>
/// <param name="Topic">The event's name.</param>
/// <param name="Subscription">The subscription.</param>
/// <param name="Failures">Deliveries that failed.</param>
/// <param name="Text">The error, or the reason.</param>
public sealed record DeadLetterNotice(DeadLetterNoticeKind Kind, string Topic, string Subscription, int Failures, string Text);

/// <summary>What happened to a letter.</summary>
public enum DeadLetterNoticeKind
{
    /// <summary>It was stored: a warning.</summary>
    Added,

    /// <summary>It could not be stored, and its source keeps it: an error.</summary>
    AddFailed,

    /// <summary>It failed as often as it may by itself: an alert.</summary>
    Exhausted,

    /// <summary>It was discarded by hand.</summary>
    Discarded,
}
