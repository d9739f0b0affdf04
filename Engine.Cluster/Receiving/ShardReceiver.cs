using Engine.Cluster.Contracts;
using Engine.Cluster.Publishing;
using Engine.Cluster.Transport;
using Engine.Primitives;

namespace Engine.Cluster.Receiving;

/// <summary>
/// Takes the frames of one shard: appends them to the copies of their journals, makes those durable, acknowledges, and tells the hosts
/// what it has and what is missing. One thread at a time.
/// </summary>
internal sealed class ShardReceiver(IClusterTransport transport, HubOptions options, JournalDirectoryLimit limit, int shard)
{
    private static readonly Backoff Delays = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
    private static readonly TimeSpan NackDelay = TimeSpan.FromSeconds(1);

    // As long as it takes for what was asked for to come.
    private static readonly TimeSpan GapPatience = TimeSpan.FromSeconds(2);

    private readonly Dictionary<(string Host, string Journal), HostJournal> _journals = [];
    private readonly Dictionary<(string Host, string Journal), HostWord> _said = [];
    private readonly HashSet<HostJournal> _touched = [];
    private readonly Lock _lock = new();
    private readonly string _stream = ClusterNames.FrameStream(shard, options.Shards);
    private long _uses;
    private long _refused;
    private long _handlerErrors;
    private long _noticeErrors;
    private long _lastAudit;
    private ClusterException? _fault;
    private bool _isEnsured;

    public int Shard => shard;

    public ClusterException? Fault => Volatile.Read(ref _fault);

    /// <summary>Messages that are nobody's frame, or came from too many hosts.</summary>
    public long RefusedCount => Interlocked.Read(ref _refused);

    public long HandlerErrorCount => Interlocked.Read(ref _handlerErrors);

    /// <summary>The journals of this shard.</summary>
    public IReadOnlyList<HostJournal> Journals()
    {
        lock (_lock)
            return [.. _journals.Values];
    }

    /// <summary>Hosts say what the broker has of theirs, and what they know the hub to have.</summary>
    public void NoteSent(string host, string journal, long sentFrame, long auditedFrame)
    {
        lock (_lock)
        {
            if (_said.Count < options.MaxJournals || _said.ContainsKey((host, journal)))
                _said[(host, journal)] = new HostWord(sentFrame, auditedFrame);
        }
    }

    /// <summary>Takes frames until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        int failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await StepAsync(cancellationToken).ConfigureAwait(false);
                SetFault(null);
                failures = 0;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                _isEnsured = false;
                SetFault(exception as ClusterException ?? new ClusterException(ClusterFault.Other, exception.Message, exception));
                await Task.Delay(Delays.Nominal(failures++), options.TimeProvider, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        foreach (HostJournal journal in Journals())
            journal.Dispose();
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        if (!_isEnsured)
        {
            await transport.EnsureStreamAsync(
                new TransportStream(_stream, ClusterNames.FrameSubjects(shard, options.Shards), IsQueue: true), cancellationToken)
                .ConfigureAwait(false);
            await transport.EnsureConsumerAsync(_stream, options.Name, isOrdered: false, cancellationToken).ConfigureAwait(false);
            _isEnsured = true;
        }

        // What hosts say after this may be of frames that this does not yet bring.
        (HostJournal Journal, HostWord Word)[] said = Said();
        IReadOnlyList<TransportDelivery> batch = await transport.ReceiveAsync(
            _stream, options.Name, options.BatchMessages, options.AuditInterval, cancellationToken).ConfigureAwait(false);
        if (batch.Count > 0)
            await TakeAsync(batch, cancellationToken).ConfigureAwait(false);
        bool isDue = _lastAudit == 0 || options.TimeProvider.GetElapsedTime(_lastAudit) >= options.AuditInterval;
        if (!isDue)
            return;
        _lastAudit = options.TimeProvider.GetTimestamp();
        // Fails where the stream is gone: an empty one and none look the same otherwise.
        bool isDrained = batch.Count == 0
            && await transport.CountPendingAsync(_stream, options.Name, cancellationToken).ConfigureAwait(false) == 0;
        foreach ((HostJournal journal, HostWord word) in said)
        {
            // What it was told may have been lost on its way.
            if (word.Audited < Math.Min(word.Sent, journal.Through))
                await TellAsync(journal, null, cancellationToken).ConfigureAwait(false);
            await ReportGapAsync(journal, isDrained ? word.Sent : 0, cancellationToken).ConfigureAwait(false);
        }

        foreach (HostJournal journal in Journals().Where(static journal => journal.IsOpen))
            journal.Trim();
    }

    private async Task TakeAsync(IReadOnlyList<TransportDelivery> batch, CancellationToken cancellationToken)
    {
        _touched.Clear();
        var done = new List<TransportDelivery>(batch.Count);
        try
        {
            foreach (TransportDelivery delivery in batch)
            {
                if (TryTake(delivery))
                    done.Add(delivery);
                else
                    await delivery.TerminateAsync(cancellationToken).ConfigureAwait(false);
            }

            foreach (HostJournal journal in _touched)
                Interlocked.Add(ref _handlerErrors, journal.Synchronize());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await UndoAsync(batch, cancellationToken).ConfigureAwait(false);
            throw;
        }

        foreach (TransportDelivery delivery in done)
            await delivery.AckAsync(cancellationToken).ConfigureAwait(false);
        foreach (HostJournal journal in _touched)
            await TellAsync(journal, NextGap(journal), cancellationToken).ConfigureAwait(false);
        CloseSome();
    }

    /// <summary>The disk has failed: the files are opened again, which finds what is there, and the messages come again.</summary>
    private async Task UndoAsync(IReadOnlyList<TransportDelivery> batch, CancellationToken cancellationToken)
    {
        foreach (HostJournal journal in _touched)
            journal.Dispose();
        foreach (TransportDelivery delivery in batch)
            await delivery.NackAsync(NackDelay, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>False if it is nothing that can be taken, now or later.</returns>
    private bool TryTake(TransportDelivery delivery)
    {
        if (JournalOf(delivery) is not { } journal)
        {
            Interlocked.Increment(ref _refused);
            return false;
        }

        journal.Open();
        journal.LastUse = ++_uses;
        _touched.Add(journal);
        try
        {
            switch (delivery.Header(FrameWire.KindHeader))
            {
                case FrameWire.LossKindText:
                    journal.Take(ClusterJsonContext.ReadLoss(delivery.Body.Span)
                        ?? throw new InvalidDataException("The notice of a loss is not one."));
                    break;
                case FrameWire.PartKindText:
                    journal.TakePart(delivery.Header(FrameWire.FrameNumberHeader), delivery.Header(FrameWire.PartHeader), delivery.Body);
                    break;
                default:
                    journal.Take(delivery.Body);
                    break;
            }

            return true;
        }
        catch (InvalidDataException)
        {
            // Damaged on its way: the host still has it, and is asked for it.
            Interlocked.Increment(ref _refused);
            return false;
        }
    }

    private HostJournal? JournalOf(TransportDelivery delivery)
    {
        return ClusterNames.HostIn(delivery.Subject, 2) is { } host && delivery.Header(FrameWire.JournalHeader) is { } id
            ? JournalOf(host, id) : null;
    }

    private HostJournal? JournalOf(string host, string id)
    {
        if (id.Length != 16 || !id.All(char.IsAsciiHexDigitLower))
            return null;
        lock (_lock)
        {
            if (_journals.TryGetValue((host, id), out HostJournal? known))
                return known;
        }

        if (!limit.TryAdd(host, id))
            return null;
        var journal = new HostJournal(options, host, id);
        lock (_lock)
            _journals.Add((host, id), journal);
        return journal;
    }

    /// <summary>The journals, those included of which nothing has come yet, with what their hosts said last.</summary>
    private (HostJournal Journal, HostWord Word)[] Said()
    {
        KeyValuePair<(string Host, string Journal), HostWord>[] said;
        lock (_lock)
            said = [.. _said];
        foreach (((string host, string journal), _) in said)
            JournalOf(host, journal);
        var words = said.ToDictionary();
        return [.. Journals().Select(journal => (journal, words.GetValueOrDefault((journal.Host, journal.Journal))))];
    }

    // Files take handles, and a fleet is larger than their number.
    private void CloseSome()
    {
        List<HostJournal> open = [.. Journals().Where(static journal => journal.IsOpen)];
        foreach (HostJournal journal in open.OrderBy(static journal => journal.LastUse).Take(open.Count - options.MaxOpenJournals))
            journal.Dispose();
    }

    // The first gap may close by itself; those behind one that was closed do not, and are asked for at once.
    private (long From, long To)? NextGap(HostJournal journal)
    {
        if (journal.Gap is not { } gap || journal.LastGap.From == 0 || gap.From <= journal.LastGap.From)
            return null;
        journal.LastGap = (gap.From, options.TimeProvider.GetTimestamp());
        return gap;
    }

    /// <param name="journal">The journal.</param>
    /// <param name="sent">The last frame that the broker had and has no more; 0 if that is not known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task ReportGapAsync(HostJournal journal, long sent, CancellationToken cancellationToken)
    {
        (long From, long To)? gap = journal.Gap ?? (sent > journal.Through ? (journal.Through + 1, sent) : null);
        if (gap is not { } missing)
            return;
        long now = options.TimeProvider.GetTimestamp();
        if (journal.LastGap.From == missing.From && options.TimeProvider.GetElapsedTime(journal.LastGap.Time, now) < GapPatience)
            return;
        if (journal.Gap is null)
            journal.Ledger.Gaps++;
        journal.LastGap = (missing.From, now);
        await TellAsync(journal, gap, cancellationToken).ConfigureAwait(false);
    }

    private async Task TellAsync(HostJournal journal, (long From, long To)? gap, CancellationToken cancellationToken)
    {
        var report = new AuditReport(journal.Journal, journal.Through, gap?.From ?? 0, gap?.To ?? 0);
        await transport.TellAsync(
            ClusterNames.AuditSubject(journal.Host), ClusterJsonContext.Write(report),
            cancellationToken).ConfigureAwait(false);
    }

    private void SetFault(ClusterException? fault)
    {
        bool isNews = _fault?.Fault != fault?.Fault;
        Volatile.Write(ref _fault, fault);
        if (!isNews)
            return;
        try
        {
            options.OnFault?.Invoke(shard, fault);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _noticeErrors);
        }
    }

    private readonly record struct HostWord(long Sent, long Audited);
}
