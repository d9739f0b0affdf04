using System.Collections.Frozen;
using Engine.Primitives;
using Engine.Storage.Databases;

namespace Engine.Storage.DeadLetters;

/// <summary>
/// Delivers dead letters again, each to the subscription that failed and to nobody else. A letter is leased meanwhile, so two of these
/// never have the same one, and is deleted after the acknowledgement: a crash in between leaves it in the queue. All members are
/// thread-safe.
/// </summary>
public sealed class DeadLetterRedriver
{
    private const int PageLength = 100;

    private readonly SqlDeadLetters _letters;
    private readonly FrozenDictionary<string, RedriveTarget> _targets;
    private readonly string _owner = ProcessIdentity.NewOwner();

    /// <summary>Makes a re-driver.</summary>
    /// <param name="letters">The letters.</param>
    /// <param name="targets">Where they go; letters of other subscriptions stay.</param>
    /// <exception cref="ArgumentException">Two targets are for the same subscription.</exception>
    public DeadLetterRedriver(SqlDeadLetters letters, params IEnumerable<RedriveTarget> targets)
    {
        ArgumentNullException.ThrowIfNull(letters);
        ArgumentNullException.ThrowIfNull(targets);
        _letters = letters;
        var byName = new Dictionary<string, RedriveTarget>(StringComparer.Ordinal);
        foreach (RedriveTarget target in targets)
        {
            if (!byName.TryAdd(target.Subscription, target))
                throw new ArgumentException($"Two targets are for subscription \"{target.Subscription}\".", nameof(targets));
        }

        _targets = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>
    /// Tries letters whose time has come by themselves, in the order of their sequences. One that has failed as often as it may is
    /// exhausted from then on, and that is told.
    /// </summary>
    /// <param name="maxRetries">Failures from which on a letter is exhausted; at least 1.</param>
    /// <param name="batch">Letters at most: 1 to 1,000.</param>
    /// <param name="cancellationToken">Stops after the letter that is being tried.</param>
    public async Task<RedriveReport> ProcessAsync(int maxRetries, int batch = 100, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRetries, 1);
        CheckLimit(batch, nameof(batch));
        await _letters.Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        int exhausted = await ExhaustAsync(maxRetries, cancellationToken).ConfigureAwait(false);
        RedriveReport report = await RunAsync(
            new DeadLetterFilter { Status = DeadLetterStatus.Waiting }, batch, maxRetries, isDueOnly: true, null, cancellationToken)
            .ConfigureAwait(false);
        return report with { Exhausted = report.Exhausted + exhausted };
    }

    /// <summary>Tries letters now, by hand, exhausted ones included, in the order of their sequences.</summary>
    /// <param name="filter">Which letters.</param>
    /// <param name="limit">Letters at most; at least 1.</param>
    /// <param name="isDryRun">Whether to count only: nothing is delivered or changed.</param>
    /// <param name="progress">Is told after each letter; null for nobody.</param>
    /// <param name="cancellationToken">Stops after the letter that is being tried.</param>
    public async Task<RedriveReport> RedriveAsync(
        DeadLetterFilter filter, int limit = 100, bool isDryRun = false, IProgress<RedriveProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await _letters.Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        if (!isDryRun)
            return await RunAsync(filter, limit, int.MaxValue, isDueOnly: false, progress, cancellationToken).ConfigureAwait(false);
        (string condition, List<(string, SqlValue)> values) = DeadLetterRow.Where(filter);
        List<string> subscriptions = await _letters.Database.QueryAsync(
            "counting dead letters", $"SELECT subscription FROM dead_letters WHERE {condition} ORDER BY sequence, id LIMIT @limit",
            static row => row.GetString(0), [.. values, ("limit", limit)], cancellationToken).ConfigureAwait(false);
        return new RedriveReport(subscriptions.Count, 0, 0, subscriptions.Count(name => !_targets.ContainsKey(name)), 0);
    }

    private static void CheckLimit(int limit, string name)
    {
        if (limit is < 1 or > SqlDeadLetters.MaxPageLength)
            throw new ArgumentOutOfRangeException(name, limit, $"{name} must be 1 to {SqlDeadLetters.MaxPageLength} letters.");
    }

    private async Task<RedriveReport> RunAsync(
        DeadLetterFilter filter, int limit, int maxRetries, bool isDueOnly, IProgress<RedriveProgress>? progress,
        CancellationToken cancellationToken)
    {
        var report = new RedriveReport(0, 0, 0, 0, 0);
        (long Sequence, long Id) after = (long.MinValue, 0);
        while (report.Matched < limit)
        {
            List<DeadLetter> page = await ClaimAsync(
                filter, isDueOnly, after, Math.Min(PageLength, limit - report.Matched), cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
                break;
            report = report with { Matched = report.Matched + page.Count };
            after = (page[^1].Event.Sequence, page[^1].Id);
            for (int i = 0; i < page.Count; i++)
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    await ReleaseAsync(page.Skip(i)).ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                }

                report = await DeliverAsync(page[i], maxRetries, report, cancellationToken).ConfigureAwait(false);
                Tell(progress, new RedriveProgress(report.Delivered + report.Failed + report.NotTaken, report.Matched));
            }
        }

        return report;
    }

    private static void Tell(IProgress<RedriveProgress>? progress, RedriveProgress done)
    {
        try
        {
            progress?.Report(done);
        }
        catch (Exception)
        {
            // Who is told has no say: the letters of the page would stay claimed.
        }
    }

    private async Task<RedriveReport> DeliverAsync(
        DeadLetter letter, int maxRetries, RedriveReport report, CancellationToken cancellationToken)
    {
        // The lease began with the page: the letters before this one may have used it up.
        if (!_targets.TryGetValue(letter.Subscription, out RedriveTarget? target) || !await RenewAsync(letter).ConfigureAwait(false))
        {
            await ReleaseAsync([letter]).ConfigureAwait(false);
            return report with { NotTaken = report.NotTaken + 1 };
        }

        using var limit = new TimeLimit(_letters.Options.DeliveryTimeout, cancellationToken);
        RedriveEnd end;
        Exception? error = null;
        try
        {
            end = await target.DeliverAsync(letter, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsOver)
        {
            // Whether it is handled is not known. The lease keeps others away until it ends; a second delivery has the same id.
            return report with { NotTaken = report.NotTaken + 1 };
        }
        catch (Exception thrown)
        {
            end = RedriveEnd.ParkedAgain;
            error = thrown;
        }

        if (end == RedriveEnd.NotTaken)
        {
            await ReleaseAsync([letter]).ConfigureAwait(false);
            return report with { NotTaken = report.NotTaken + 1 };
        }

        if (end == RedriveEnd.Acked)
        {
            await ResolveAsync(letter).ConfigureAwait(false);
            return report with { Delivered = report.Delivered + 1 };
        }

        bool isExhausted = await FailAsync(letter, error, maxRetries).ConfigureAwait(false);
        return report with { Failed = report.Failed + 1, Exhausted = report.Exhausted + (isExhausted ? 1 : 0) };
    }

    private ValueTask<List<DeadLetter>> ClaimAsync(
        DeadLetterFilter filter, bool isDueOnly, (long Sequence, long Id) after, int limit, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _letters.Database.TimeProvider.GetUtcNow();
        (string condition, List<(string, SqlValue)> values) = DeadLetterRow.Where(filter);
        if (isDueOnly)
            condition += " AND next_attempt_at <= @now";
        (string, SqlValue)[] all = [.. values, ("now", now), ("sequence", after.Sequence), ("id", after.Id), ("limit", limit)];
        return _letters.Database.WriteAsync(
            "claiming dead letters", session =>
            {
                _letters.Database.Dialect.LockClaims(session);
                ProcessIdentity.EndLeasesOfTheGone(session, "dead_letters", now);
                List<DeadLetter> page = session.Query(
                    $"SELECT {DeadLetterRow.Columns} FROM dead_letters WHERE {condition} AND (lease_until IS NULL OR lease_until <= @now) "
                    + "AND (sequence > @sequence OR (sequence = @sequence AND id > @id)) ORDER BY sequence, id LIMIT @limit",
                    DeadLetterRow.Read, all);
                foreach (DeadLetter letter in page)
                {
                    session.Execute(
                        "UPDATE dead_letters SET lease_owner = @owner, lease_until = @until WHERE id = @id",
                        ("owner", _owner), ("until", now + _letters.Options.Lease), ("id", letter.Id));
                }

                return page;
            },
            cancellationToken);
    }

    private async ValueTask<bool> RenewAsync(DeadLetter letter) =>
        await WriteAsync(
            "UPDATE dead_letters SET lease_until = @until, replay_count = replay_count + 1 WHERE id = @id AND lease_owner = @owner",
            ("until", _letters.Database.TimeProvider.GetUtcNow() + _letters.Options.Lease), ("id", letter.Id), ("owner", _owner))
            .ConfigureAwait(false) == 1;

    private ValueTask<int> ReleaseAsync(IEnumerable<DeadLetter> letters)
    {
        long[] ids = [.. letters.Select(static letter => letter.Id)];
        return _letters.Database.WriteAsync("releasing dead letters", session => ids.Sum(id => session.Execute(
            "UPDATE dead_letters SET lease_owner = NULL, lease_until = NULL WHERE id = @id AND lease_owner = @owner",
            ("id", id), ("owner", _owner))));
    }

    private async ValueTask ResolveAsync(DeadLetter letter)
    {
        DateTimeOffset now = _letters.Database.TimeProvider.GetUtcNow();
        string verb = _letters.Options.ResolvedRetention == TimeSpan.Zero
            ? "DELETE FROM dead_letters"
            : "UPDATE dead_letters SET status = 'resolved', lease_owner = NULL, lease_until = NULL, updated_at = @now";
        await WriteAsync(verb + " WHERE id = @id AND lease_owner = @owner", ("now", now), ("id", letter.Id), ("owner", _owner))
            .ConfigureAwait(false);
        _letters.Delivered();
    }

    /// <param name="letter">The letter.</param>
    /// <param name="error">What was thrown; null where the subscription has stored the failure itself.</param>
    /// <param name="maxRetries">Failures from which on it is exhausted.</param>
    private async ValueTask<bool> FailAsync(DeadLetter letter, Exception? error, int maxRetries)
    {
        DateTimeOffset now = _letters.Database.TimeProvider.GetUtcNow();
        DeadLetter failed = DeadLetter.For(
            letter.Event, letter.Subscription, letter.NextFailures, error?.Message ?? letter.ErrorMessage, error, letter.FirstFailedAt,
            now);
        bool isExhausted = failed.Failures >= maxRetries;
        await WriteAsync(
            "UPDATE dead_letters SET failures = CASE WHEN failures > @failures THEN failures ELSE @failures END, last_failed_at = @now, "
            + "status = @status, next_attempt_at = @next, lease_owner = NULL, lease_until = NULL, updated_at = @now "
            + "WHERE id = @id AND lease_owner = @owner",
            ("failures", failed.Failures), ("now", now),
            ("status", DeadLetterRow.Text(isExhausted ? DeadLetterStatus.Exhausted : letter.Status)),
            ("next", now + DeadLetterRow.DelayAfter(failed.Failures)), ("id", letter.Id), ("owner", _owner)).ConfigureAwait(false);
        if (error is not null)
        {
            await WriteAsync(
                "UPDATE dead_letters SET error_type = @type, error_msg = @message, stack = @stack, fingerprint = @fingerprint "
                + "WHERE id = @id",
                ("type", failed.ErrorType), ("message", failed.ErrorMessage), ("stack", failed.Stack),
                ("fingerprint", failed.Fingerprint), ("id", letter.Id)).ConfigureAwait(false);
        }

        if (isExhausted)
            _letters.Notify(DeadLetterNoticeKind.Exhausted, failed, failed.ErrorMessage);
        return isExhausted;
    }

    /// <summary>Letters at the limit are never just passed over.</summary>
    private async ValueTask<int> ExhaustAsync(int maxRetries, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _letters.Database.TimeProvider.GetUtcNow();
        List<DeadLetter> letters = await _letters.Database.WriteAsync(
            "marking exhausted dead letters", session =>
            {
                _letters.Database.Dialect.LockClaims(session);
                List<DeadLetter> found = session.Query(
                    $"SELECT {DeadLetterRow.Columns} FROM dead_letters WHERE status = 'waiting' AND failures >= @max "
                    + "AND (lease_until IS NULL OR lease_until <= @now)",
                    DeadLetterRow.Read, ("max", maxRetries), ("now", now));
                foreach (DeadLetter letter in found)
                    session.Execute(
                        "UPDATE dead_letters SET status = 'exhausted', updated_at = @now WHERE id = @id", ("now", now), ("id", letter.Id));
                return found;
            },
            cancellationToken).ConfigureAwait(false);
        foreach (DeadLetter letter in letters)
            _letters.Notify(DeadLetterNoticeKind.Exhausted, letter, letter.ErrorMessage);
        return letters.Count;
    }

    private ValueTask<int> WriteAsync(string sql, params (string, SqlValue)[] values) =>
        _letters.Database.WriteAsync("settling a dead letter", session => session.Execute(sql, values));
}
