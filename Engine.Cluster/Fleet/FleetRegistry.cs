using System.Text;
using Engine.Cluster.Contracts;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;
using Engine.Primitives;

namespace Engine.Cluster.Fleet;

/// <summary>
/// Knows the hosts of a fleet by their signs of life, and answers who asks. Time-outs are by this process's monotonic clock, from when
/// a sign came; hosts' clocks are shown only. All members are thread-safe.
/// </summary>
public sealed class FleetRegistry : IAsyncDisposable
{
    private const long TrailBytes = 64L << 20;
    private const int MaxHostsOfPart = 512;
    private const int MessageOverhead = 1024;

    private readonly IClusterTransport _transport;
    private readonly Hub? _hub;
    private readonly FleetRegistryOptions _options;
    private readonly Dictionary<string, Entry> _hosts = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private long _refused;
    private Task[]? _loops;

    /// <summary>Makes a registry; it hears nothing before it is started.</summary>
    /// <param name="transport">The way to the broker; stays its maker's.</param>
    /// <param name="hub">The hub whose journals are shown beside the hosts; null for none.</param>
    /// <param name="options">Time-outs and limits; null for the defaults.</param>
    public FleetRegistry(IClusterTransport transport, Hub? hub = null, FleetRegistryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        options ??= new FleetRegistryOptions();
        options.Validate();
        (_transport, _hub, _options) = (transport, hub, options);
    }

    /// <summary>Signs of life that were none, or of more hosts than there may be.</summary>
    public long RefusedCount => Interlocked.Read(ref _refused);

    /// <summary>Begins to listen, until it is disposed of. Does nothing the second time.</summary>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            _loops ??= [Task.Run(ListenAsync), Task.Run(AnswerAsync), Task.Run(KeepTrailAsync)];
        }
    }

    /// <summary>The fleet now.</summary>
    public FleetSnapshot GetSnapshot()
    {
        IReadOnlyList<HubJournal> journals = _hub?.GetJournals() ?? [];
        KeyValuePair<string, Entry>[] hosts;
        lock (_lock)
            hosts = [.. _hosts.OrderBy(static host => host.Key, StringComparer.Ordinal)];
        return new FleetSnapshot(
            _options.TimeProvider.GetUtcNow(), [.. hosts.Select(host => HostOf(host.Key, host.Value, journals))],
            [.. (_hub?.GetFaults() ?? []).Select(static fault => $"shard {fault.Shard}: {fault.Fault.Message}")]);
    }

    /// <summary>Takes a sign of life.</summary>
    /// <param name="host">Who gave it, as the broker says.</param>
    /// <param name="heartbeat">What it says.</param>
    public void Note(string host, HostHeartbeat heartbeat)
    {
        ArgumentNullException.ThrowIfNull(heartbeat);
        long now = _options.TimeProvider.GetTimestamp();
        lock (_lock)
        {
            _hosts.TryGetValue(host, out Entry? known);
            if (known is null && _hosts.Count >= _options.MaxHosts)
            {
                Interlocked.Increment(ref _refused);
                return;
            }

            int starts = known is null ? 1 : known.Heartbeat.Started == heartbeat.Started ? known.Starts : known.Starts + 1;
            _hosts[host] = new Entry(heartbeat, now, heartbeat.Now - _options.TimeProvider.GetUtcNow(), starts);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task[]? loops;
        lock (_lock)
            loops = _loops;
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (Task loop in loops ?? [])
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private FleetHost HostOf(string name, Entry entry, IReadOnlyList<HubJournal> journals)
    {
        TimeSpan silent = _options.TimeProvider.GetElapsedTime(entry.SeenAt);
        HostState state = entry.Heartbeat.IsLeaving ? HostState.Left
            : silent >= _options.GoneAfter ? HostState.Gone
            : silent >= _options.LateAfter ? HostState.Late : HostState.Live;
        string? journal = entry.Heartbeat.Publisher?.Journal;
        return new FleetHost(
            name, state, silent, entry.Skew, entry.Starts, entry.Heartbeat,
            journals.FirstOrDefault(candidate => candidate.Host == name && candidate.Journal == journal));
    }

    private async Task ListenAsync()
    {
        await foreach (TransportNote note in Listening.ForeverAsync(
            _transport, ClusterNames.HeartbeatSubjects, _options.TimeProvider, _stop.Token).ConfigureAwait(false))
        {
            if (ClusterNames.HostIn(note.Subject, 2) is { } host
                && ClusterJsonContext.ReadHeartbeat(note.Body.Span) is { Capacity: not null } heartbeat)
                Note(host, heartbeat);
            else
                Interlocked.Increment(ref _refused);
        }
    }

    private async Task AnswerAsync()
    {
        await foreach (TransportNote note in Listening.ForeverAsync(
            _transport, ClusterNames.QuerySubject, _options.TimeProvider, _stop.Token).ConfigureAwait(false))
        {
            try
            {
                if (note.Reply is { } reply)
                    await reply(PartOf(GetSnapshot(), Encoding.UTF8.GetString(note.Body.Span))).ConfigureAwait(false);
            }
            catch (Exception) when (!_stop.IsCancellationRequested)
            {
                // Who asked asks again.
                Interlocked.Increment(ref _refused);
            }
        }
    }

    /// <summary>As many hosts behind a name as fit into a message; one at least.</summary>
    private byte[] PartOf(FleetSnapshot fleet, string after)
    {
        FleetHost[] rest = [.. fleet.Hosts.Where(host => string.CompareOrdinal(host.Name, after) > 0)];
        for (int count = Math.Min(rest.Length, MaxHostsOfPart); ; count /= 2)
        {
            byte[] part = FleetJsonContext.Write(fleet with
            {
                Hosts = rest[..count],
                Next = count < rest.Length ? rest[count - 1].Name : null,
            });
            if (part.Length <= _transport.MaxMessageBytes - MessageOverhead || count <= 1)
                return part;
        }
    }

    // The trail's stream is the fleet's, and no host's.
    private async Task KeepTrailAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _transport.EnsureStreamAsync(
                    new TransportStream(ClusterNames.TrailStream, ClusterNames.TrailSubjects, IsQueue: false) { MaxBytes = TrailBytes },
                    _stop.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception) when (!_stop.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _options.TimeProvider, _stop.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private sealed record Entry(HostHeartbeat Heartbeat, long SeenAt, TimeSpan Skew, int Starts);
}

/// <summary>Time-outs and limits of a registry. Immutable.</summary>
public sealed record FleetRegistryOptions
{
    /// <summary>After which silence a host is late: 100 ms to 1 day.</summary>
    public TimeSpan LateAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After which silence a host is gone: 100 ms to 1 day, at least <see cref="LateAfter"/>.</summary>
    public TimeSpan GoneAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Hosts at most: 1 to 1,000,000.</summary>
    public int MaxHosts { get; init; } = 10_000;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal static OptionTable<FleetRegistryOptions> Ranges { get; } = new OptionTable<FleetRegistryOptions>("a registry")
        .With(nameof(LateAfter), OptionRange.Of(TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)), static o => o.LateAfter)
        .With(nameof(GoneAfter), OptionRange.Of(TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)), static o => o.GoneAfter)
        .With(nameof(MaxHosts), OptionRange.Of(1, 1_000_000), static o => o.MaxHosts);

    internal void Validate()
    {
        Ranges.Check(this);
        if (GoneAfter < LateAfter)
        {
            throw new ArgumentOutOfRangeException(
                nameof(GoneAfter), GoneAfter,
                $"{nameof(GoneAfter)} of a registry must be at least {nameof(LateAfter)}, which is {LateAfter:c}.");
        }

        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
