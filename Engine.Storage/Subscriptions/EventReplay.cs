using System.Diagnostics;
using Engine.Primitives;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Subscriptions;

/// <summary>
/// Gives events of a store or of a journal to somebody again, in their order, a page at a time: what is there when the replay begins, and
/// nothing that comes later. Nothing is stored or published by it. Thread-safe.
/// </summary>
public static class EventReplay
{
    private const int MaxErrors = 100;
    private const int MaxGaps = 100;

    /// <summary>Replays the events of a type that were recorded in a time.</summary>
    /// <param name="log">The store or the journal.</param>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="from">The earliest recorded time.</param>
    /// <param name="to">The recorded time before which they end.</param>
    /// <param name="target">Who gets them.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops after the event that is being handled; the report says where to go on.</param>
    /// <exception cref="ArgumentException">The time ends before it begins.</exception>
    public static Task<ReplayReport> ReplayAsync(
        this IEventLog log, string eventType, DateTimeOffset from, DateTimeOffset to, ReplayTarget target,
        ReplayOptions? options = null, CancellationToken cancellationToken = default) =>
        log.ReplayAsync(EventFilter.OfTypes(eventType) with { From = from, To = to }, target, options, cancellationToken);

    /// <summary>Replays the events that a filter takes.</summary>
    /// <param name="log">The store or the journal.</param>
    /// <param name="filter">Which events.</param>
    /// <param name="target">Who gets them.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops after the event that is being handled; the report says where to go on.</param>
    public static async Task<ReplayReport> ReplayAsync(
        this IEventLog log, EventFilter filter, ReplayTarget target, ReplayOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(target);
        filter.Validate();
        options ??= new ReplayOptions();
        options.Validate();
        var run = new Run(target, options, await EndAsync(log, options, cancellationToken).ConfigureAwait(false));
        long next = options.FromSequence;
        bool goesOn = true;
        while (goesOn && next <= run.End && !cancellationToken.IsCancellationRequested)
        {
            EventPage page = await log.ReadPageAsync(next, filter, cancellationToken: CancellationToken.None).ConfigureAwait(false);
            run.Note(page);
            next = page.NextSequence;
            foreach (StoredEvent item in page.Events.TakeWhile(item => item.Sequence <= run.End))
            {
                goesOn = !cancellationToken.IsCancellationRequested && await run.HandleAsync(item, cancellationToken).ConfigureAwait(false);
                if (!goesOn)
                {
                    next = run.Last + 1;
                    break;
                }
            }
        }

        return run.Report(isComplete: goesOn && next > run.End, Math.Min(next, run.End + 1));
    }

    private static async ValueTask<long> EndAsync(IEventLog log, ReplayOptions options, CancellationToken cancellationToken)
    {
        EventPage page = await log.ReadPageAsync(1, null, ReadDirection.Forward, 1, cancellationToken).ConfigureAwait(false);
        return Math.Min(page.Tail, options.ToSequence - 1);
    }

    private sealed class Run(ReplayTarget target, ReplayOptions options, long end)
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private readonly List<ReplayError> _errors = [];
        private readonly List<SequenceGap> _gaps = [];
        private DateTimeOffset? _firstRecorded;
        private long _events;
        private long _failed;
        private long _erased;
        private long _first;
        private long _lost;

        public long End => end;

        public long Last { get; private set; } = options.FromSequence - 1;

        public void Note(EventPage page)
        {
            if (page.Gap is { } gap && gap.From <= end && _gaps.Count < MaxGaps)
                _gaps.Add(gap);
            _lost += page.Losses.Where(loss => loss.Before <= end).Sum(static loss => loss.Count);
        }

        /// <returns>Whether to go on.</returns>
        public async ValueTask<bool> HandleAsync(StoredEvent item, CancellationToken cancellationToken)
        {
            bool isHandled = true;
            try
            {
                await KeepPaceAsync(item, cancellationToken).ConfigureAwait(false);
                if (item.IsErased)
                    _erased++;
                else
                    await target.HandleAsync(item, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception error)
            {
                isHandled = false;
                _failed++;
                if (_errors.Count < MaxErrors)
                    _errors.Add(new ReplayError(item.Sequence, item.Id, error));
            }

            _events++;
            _first = _first == 0 ? item.Sequence : _first;
            Last = item.Sequence;
            Tell(new ReplayProgress(_events, item.Sequence, end));
            return isHandled || options.ContinuesAfterError;
        }

        public ReplayReport Report(bool isComplete, long next) => new()
        {
            Events = _events,
            Failed = _failed,
            Erased = _erased,
            FirstSequence = _first,
            LastSequence = _first == 0 ? 0 : Last,
            NextSequence = next,
            IsComplete = isComplete,
            Gap = _gaps.Count == 0 ? null : _gaps[0],
            Gaps = _gaps,
            LostCount = _lost,
            Errors = _errors,
            Duration = Stopwatch.GetElapsedTime(_start),
        };

        private void Tell(ReplayProgress progress)
        {
            try
            {
                options.Progress?.Report(progress);
            }
            catch (Exception)
            {
                // Who is told has no say.
            }
        }

        private async ValueTask KeepPaceAsync(StoredEvent item, CancellationToken cancellationToken)
        {
            if (options.Speed is not { } speed)
                return;
            _firstRecorded ??= item.RecordedAt;
            double due = (item.RecordedAt - _firstRecorded.Value).TotalMilliseconds / speed;
            while (true)
            {
                double wait = due - Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
                if (wait <= 1)
                    return;
                // A timer does not count as far as a slow replay may wait.
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(wait, TimeEnds.LongestWait.TotalMilliseconds)), cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }
}

/// <summary>How events are replayed. Immutable.</summary>
public sealed record ReplayOptions
{
    /// <summary>The first place that is looked at: 1 or more, where an earlier replay has ended.</summary>
    public long FromSequence { get; init; } = 1;

    /// <summary>The place before which the replay ends: 1 or more.</summary>
    public long ToSequence { get; init; } = long.MaxValue;

    /// <summary>Whether an event that failed is passed over; else the replay ends behind it.</summary>
    public bool ContinuesAfterError { get; init; } = true;

    /// <summary>How many times as fast as the events were recorded: 0.000001 or more; null for as fast as possible.</summary>
    public double? Speed { get; init; }

    /// <summary>Is told after each event; null for nobody.</summary>
    public IProgress<ReplayProgress>? Progress { get; init; }

    internal static OptionTable<ReplayOptions> Ranges { get; } = new OptionTable<ReplayOptions>("a replay")
        .With(nameof(FromSequence), OptionRange.AtLeast(1L), static o => o.FromSequence)
        .With(nameof(ToSequence), OptionRange.AtLeast(1L), static o => o.ToSequence)
        .With(nameof(Speed), OptionRange.Of(1e-6, double.MaxValue), static o => o.Speed);

    internal void Validate()
    {
        Ranges.Check(this);
    }
}

/// <summary>How far a replay is.</summary>
/// <param name="Events">Events so far.</param>
/// <param name="Sequence">The place of the latest.</param>
/// <param name="End">The last place that is looked at.</param>
public readonly record struct ReplayProgress(long Events, long Sequence, long End);

/// <summary>An event that failed in a replay.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Id">Its id.</param>
/// <param name="Error">What was thrown.</param>
public sealed record ReplayError(long Sequence, Guid Id, Exception Error);

/// <summary>What a replay came to. Immutable.</summary>
public sealed record ReplayReport
{
    /// <summary>Events that were given to the target, failed and erased ones included.</summary>
    public required long Events { get; init; }

    /// <summary>Events that failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Events that had been erased, and were passed over.</summary>
    public required long Erased { get; init; }

    /// <summary>The place of the first; 0 if there was none.</summary>
    public required long FirstSequence { get; init; }

    /// <summary>The place of the last; 0 if there was none.</summary>
    public required long LastSequence { get; init; }

    /// <summary>Where a further replay goes on.</summary>
    public required long NextSequence { get; init; }

    /// <summary>Whether everything was looked at that was there when the replay began.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>The first places that were not there any more; null if there were none.</summary>
    public required SequenceGap? Gap { get; init; }

    /// <summary>The first 100 rows of places that were not there any more: trimmed, or damaged.</summary>
    public IReadOnlyList<SequenceGap> Gaps { get; init; } = [];

    /// <summary>Events that were lost before they came into the log; a journal names them.</summary>
    public long LostCount { get; init; }

    /// <summary>The first 100 errors.</summary>
    public required IReadOnlyList<ReplayError> Errors { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
