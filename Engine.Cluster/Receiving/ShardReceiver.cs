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

    private readonly ShardJournals _journals = new(options, limit);
    private readonly HashSet<HostJournal> _touched = [];
    private readonly Dictionary<HostJournal, Exception> _failed = [];
    private readonly string _stream = ClusterNames.FrameStream(shard, options.Shards);
    private readonly StallWatch _stall = new(options.TimeProvider, options.StallTimeout);
    private long _refused;
    private long _handlerErrors;
    private long _noticeErrors;
    private long _lastAudit;
    private ClusterException? _fault;
    private ClusterException? _toldOfJournals;
    private bool _isEnsured;

    public int Shard => shard;

    /// <summary>Messages that are nobody's frame, or came from too many hosts.</summary>
    public long RefusedCount => Interlocked.Read(ref _refused);

    public long HandlerErrorCount => Interlocked.Read(ref _handlerErrors);

    /// <summary>The journals of this shard.</summary>
    public IReadOnlyList<HostJournal> Journals() => _journals.All();

    /// <summary>What is wrong: with the broker, with the disk, or with single journals.</summary>
    public IReadOnlyList<ClusterException> Faults() => Volatile.Read(ref _fault) is { } fault
        ? [fault, .. _journals.Faults()] : _journals.Faults();

    /// <summary>Hosts say what the broker has of theirs, and what they know the hub to have.</summary>
    public void NoteSent(string host, string journal, long sentFrame, long auditedFrame) =>
        _journals.NoteSent(host, journal, sentFrame, auditedFrame);

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
                // Only a broker that is there, and has no word for this stream, may have lost it between its nodes.
                if (transport.IsConnected && exception is ClusterException { Fault: ClusterFault.NoAnswer or ClusterFault.StreamMissing })
                    await RemedyAsync(cancellationToken).ConfigureAwait(false);
                else
                    _stall.NoteProgress();
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
        (HostJournal Journal, HostWord Word)[] said = _journals.Said();
        IReadOnlyList<TransportDelivery> batch = await transport.ReceiveAsync(
            _stream, options.Name, options.BatchMessages, options.AuditInterval, cancellationToken).ConfigureAwait(false);
        if (batch.Count > 0)
        {
            await TakeAsync(batch, cancellationToken).ConfigureAwait(false);
            _stall.NoteProgress();
        }

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
            TryWith(journal, static journal => journal.Trim());
        TellOfJournals();
        if (isDrained)
            _stall.NoteProgress();
        else if (batch.Count == 0)
            await RemedyAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task RemedyAsync(CancellationToken cancellationToken)
    {
        StallRemedy remedy = _stall.Next();
        if (remedy == StallRemedy.None)
            return;
        bool isStream = remedy == StallRemedy.DeleteStream;
        SetFault(new ClusterException(
            ClusterFault.Stalled,
            $"The broker has given nothing of \"{_stream}\" for {options.StallTimeout.TotalSeconds:F0} s although it has something, or has "
            + $"no word for it; its nodes may not agree. The {(isStream ? "stream" : "consumer")} is made anew"
            + (isStream ? "; what was in it comes again from the hosts." : ".")));
        _isEnsured = false;
        try
        {
            if (isStream)
                await transport.DeleteStreamAsync(_stream, cancellationToken).ConfigureAwait(false);
            else
                await transport.ResetConsumerAsync(_stream, options.Name, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next one has its turn after the same time.
        }
    }

    private async Task TakeAsync(IReadOnlyList<TransportDelivery> batch, CancellationToken cancellationToken)
    {
        _touched.Clear();
        _failed.Clear();
        var taken = new List<(TransportDelivery Delivery, HostJournal Journal)>(batch.Count);
        foreach (TransportDelivery delivery in batch)
        {
            if (TryTake(delivery) is { } journal)
                taken.Add((delivery, journal));
            else
                await delivery.TerminateAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (HostJournal journal in _touched)
        {
            if (!_failed.ContainsKey(journal))
                Attempt(journal, journal => Interlocked.Add(ref _handlerErrors, journal.Synchronize()));
        }

        // Where nothing can be written the disk is full or gone, and the broker keeps it all; what fails alone must not stop the others.
        bool isDisk = _failed.Count > 0 && _failed.Count == _touched.Count;
        foreach ((HostJournal journal, Exception error) in _failed)
        {
            if (isDisk)
                journal.Dispose();
            else
                _journals.PutAside(journal, error);
        }

        foreach ((TransportDelivery delivery, HostJournal journal) in taken)
        {
            if (!_failed.ContainsKey(journal))
                await delivery.AckAsync(cancellationToken).ConfigureAwait(false);
            else if (isDisk)
                await delivery.NackAsync(NackDelay, cancellationToken).ConfigureAwait(false);
            else
                await delivery.TerminateAsync(cancellationToken).ConfigureAwait(false);
        }

        if (isDisk)
            throw _failed.Values.First();
        foreach (HostJournal journal in _touched.Where(journal => !_failed.ContainsKey(journal)))
            await TellAsync(journal, NextGap(journal), cancellationToken).ConfigureAwait(false);
        _journals.CloseSome();
        TellOfJournals();
    }

    /// <returns>The journal that has it, or has failed to take it; null if it is nothing that can be taken now.</returns>
    private HostJournal? TryTake(TransportDelivery delivery)
    {
        if (ClusterNames.HostIn(delivery.Subject, 2) is not { } host || delivery.Header(FrameWire.JournalHeader) is not { } id
            || !_journals.TryOpen(host, id, out HostJournal? journal))
        {
            Interlocked.Increment(ref _refused);
            return null;
        }

        _touched.Add(journal);
        if (_failed.ContainsKey(journal))
            return journal;
        try
        {
            Attempt(journal, journal => Take(journal, delivery));
            return journal;
        }
        catch (InvalidDataException)
        {
            // Damaged on its way: the host still has it, and is asked for it.
            Interlocked.Increment(ref _refused);
            return null;
        }
    }

    private static void Take(HostJournal journal, TransportDelivery delivery)
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
    }

    // What its disk refuses is noted for the end of the batch.
    private void Attempt(HostJournal journal, Action<HostJournal> action)
    {
        try
        {
            action(journal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _failed.TryAdd(journal, exception);
        }
    }

    private void TryWith(HostJournal journal, Action<HostJournal> action)
    {
        try
        {
            action(journal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _journals.PutAside(journal, exception);
        }
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

    // What is wrong with single journals is told when it is no longer what was told last.
    private void TellOfJournals()
    {
        ClusterException? first = _journals.Faults() is [var fault, ..] ? fault : null;
        if (first?.Message == _toldOfJournals?.Message)
            return;
        _toldOfJournals = first;
        Tell(first);
    }

    private void SetFault(ClusterException? fault)
    {
        bool isNews = _fault?.Fault != fault?.Fault;
        Volatile.Write(ref _fault, fault);
        if (isNews)
            Tell(fault);
    }

    private void Tell(ClusterException? fault)
    {
        try
        {
            options.OnFault?.Invoke(shard, fault);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _noticeErrors);
        }
    }
}
