using System.Diagnostics;
using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;

namespace Engine.Cluster.Receiving;

/// <summary>
/// Takes in what hosts publish: a copy of each host's journal, frame by frame and in order, which whatever reads a journal reads. What
/// the broker delivers twice is recognised, what it loses is asked for again, and hosts may delete what is durable here. All members
/// are thread-safe.
/// </summary>
public sealed class Hub : IAsyncDisposable
{
    private readonly IClusterTransport _transport;
    private readonly HubOptions _options;
    private readonly ShardReceiver[] _receivers;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task[]? _loops;

    /// <summary>Makes a hub; it takes nothing before it is started.</summary>
    /// <param name="transport">The way to the broker; stays its maker's.</param>
    /// <param name="options">How it takes frames in.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    /// <exception cref="IOException">The directory cannot be made or read.</exception>
    public Hub(IClusterTransport transport, HubOptions options)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_transport, _options) = (transport, options);
        Directory.CreateDirectory(options.Directory);
        var limit = new JournalDirectoryLimit(options.Directory, options.MaxJournals);
        _receivers =
        [
            .. (options.OwnShards ?? [.. Enumerable.Range(0, options.Shards)]).Distinct()
                .Select(shard => new ShardReceiver(transport, options, limit, shard)),
        ];
    }

    /// <summary>Begins to take frames in, until it is disposed of. Does nothing the second time.</summary>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            _loops ??= [.. _receivers.Select(receiver => Task.Run(() => receiver.RunAsync(_stop.Token))), Task.Run(ListenAsync)];
        }
    }

    /// <summary>Where a host's journal is kept.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="journal">Identifies the journal.</param>
    public string DirectoryOf(string host, string journal) => Path.Combine(_options.Directory, ClusterNames.RequireHost(host), journal);

    /// <summary>What the hub has of each journal that it has heard of since it started.</summary>
    public IReadOnlyList<HubJournal> GetJournals() =>
    [
        .. _receivers.SelectMany(static receiver => receiver.Journals())
            .Select(static journal => HubJournal.Of(journal)).OrderBy(static journal => journal.Host, StringComparer.Ordinal),
    ];

    /// <summary>What is wrong with which shard, and with which single journals of it (<see cref="ClusterFault.CopyFailed"/>).</summary>
    public IReadOnlyList<(int Shard, ClusterException Fault)> GetFaults() =>
    [
        .. _receivers.SelectMany(static receiver => receiver.Faults().Select(fault => (receiver.Shard, fault))),
    ];

    /// <summary>
    /// Messages that were nobody's frame, were damaged, came from too many hosts, or belong to a journal whose copy cannot be used now.
    /// </summary>
    public long RefusedCount => _receivers.Sum(static receiver => receiver.RefusedCount);

    /// <summary>Times that the handler of frames threw.</summary>
    public long HandlerErrorCount => _receivers.Sum(static receiver => receiver.HandlerErrorCount);

    /// <summary>
    /// Ends; what was taken is durable. Waits for <see cref="HubOptions.CloseTimeout"/> at most: a handler of frames that does not return
    /// is left behind.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task[]? loops;
        lock (_lock)
            loops = _loops;
        long start = Stopwatch.GetTimestamp();
        Task cancelling = _stop.CancelAsync();
        await Endings.WaitAsync(start, _options.CloseTimeout, [cancelling, .. loops ?? []]).ConfigureAwait(false);
    }

    private async Task ListenAsync()
    {
        await foreach (TransportNote note in Listening.ForeverAsync(
            _transport, ClusterNames.HeartbeatSubjects, _options.TimeProvider, _stop.Token).ConfigureAwait(false))
        {
            if (ClusterNames.HostIn(note.Subject, 2) is not { } host
                || ClusterJsonContext.ReadHeartbeat(note.Body.Span)?.Publisher
                    is not { Journal: { } journal } publisher)
                continue;
            int shard = ClusterNames.ShardOf(host, _options.Shards);
            _receivers.FirstOrDefault(receiver => receiver.Shard == shard)?.NoteSent(
                host, journal, publisher.SentFrame, publisher.AuditedFrame);
        }
    }
}

/// <summary>What a hub has of a host's journal. Numbers of events are those since the hub opened it.</summary>
/// <param name="Host">The host's name.</param>
/// <param name="Journal">Identifies the journal.</param>
/// <param name="Through">All frames up to this number are durable here, or lost by name.</param>
/// <param name="LostFrames">Frames lost by name.</param>
/// <param name="Frames">Frames taken.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Bytes">Bytes of them.</param>
/// <param name="LostAtHost">Events that the host itself lost, and named.</param>
/// <param name="LostWithFrames">Events of frames lost by name, as the next event of their stream shows.</param>
/// <param name="Duplicates">Messages that the hub had already.</param>
/// <param name="Gaps">Gaps that were found; they were asked for.</param>
/// <param name="Dropped">Messages that came too early and found no room; they were asked for again.</param>
/// <param name="Counts">Events by machine and type.</param>
public sealed record HubJournal(
    string Host, string Journal, long Through, long LostFrames, long Frames, long Events, long Bytes, long LostAtHost,
    long LostWithFrames, long Duplicates, long Gaps, long Dropped, IReadOnlyList<EventCount> Counts)
{
    internal static HubJournal Of(HostJournal journal)
    {
        HostLedger ledger = journal.Ledger;
        return new HubJournal(
            journal.Host, journal.Journal, journal.Through, journal.LostFrames, ledger.Frames, ledger.Events, ledger.Bytes,
            ledger.LostAtHost, ledger.LostWithFrames, ledger.Duplicates, ledger.Gaps, ledger.Dropped, ledger.Counts());
    }
}
