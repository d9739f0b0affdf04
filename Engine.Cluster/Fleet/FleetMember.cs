using System.Diagnostics;
using Engine.Cluster.Contracts;
using Engine.Cluster.Publishing;
using Engine.Cluster.Transport;
using Engine.Primitives;

namespace Engine.Cluster.Fleet;

/// <summary>
/// A host's part in the fleet: says that it is there and how it fares, hears from the hub what of its journal is safe, and carries
/// commands out. All members are thread-safe.
/// </summary>
public sealed class FleetMember : IAsyncDisposable
{
    private readonly IClusterTransport _transport;
    private readonly FleetMemberOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly DateTimeOffset _started;
    private readonly Lock _lock = new();
    private long _faults;
    private Task[]? _loops;

    /// <summary>Makes a member; it says nothing before it is started.</summary>
    /// <param name="transport">The way to the broker; stays its maker's.</param>
    /// <param name="options">Who it is, and what it does.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public FleetMember(IClusterTransport transport, FleetMemberOptions options)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_transport, _options) = (transport, options);
        _started = options.TimeProvider.GetUtcNow();
    }

    /// <summary>Times that something could not be told, or that a callback threw; it goes on.</summary>
    public long FaultCount => Interlocked.Read(ref _faults);

    /// <summary>Begins, until it is disposed of. Does nothing the second time.</summary>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            _loops ??=
            [
                Task.Run(AnnounceAsync),
                Task.Run(ListenForAuditsAsync),
                .. _options.Commands is null ? Array.Empty<Task>() :
                [
                    Task.Run(() => ListenForCommandsAsync(_options.Host)),
                    Task.Run(() => ListenForCommandsAsync(ClusterNames.AllHosts)),
                ],
            ];
        }
    }

    /// <summary>Says that it leaves, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[]? loops;
        lock (_lock)
            loops = _loops;
        long start = Stopwatch.GetTimestamp();
        if (loops is not null && !_stop.IsCancellationRequested && _transport.IsConnected)
            await Endings.WaitAsync(start, _options.CloseTimeout, Task.Run(() => SayAsync(isLeaving: true))).ConfigureAwait(false);
        Task cancelling = _stop.CancelAsync();
        await Endings.WaitAsync(start, _options.CloseTimeout, [cancelling, .. loops ?? []]).ConfigureAwait(false);
    }

    private async Task AnnounceAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await SayAsync(isLeaving: false).ConfigureAwait(false);
            await Task.Delay(_options.HeartbeatInterval, _options.TimeProvider, _stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SayAsync(bool isLeaving)
    {
        try
        {
            var heartbeat = new HostHeartbeat(
                _options.Host, _started, _options.TimeProvider.GetUtcNow(), isLeaving, _options.Capacity(),
                _options.Publisher?.GetStatistics());
            await _transport.TellAsync(
                ClusterNames.HeartbeatSubject(_options.Host),
                ClusterJsonContext.Write(heartbeat), _stop.Token).ConfigureAwait(false);
        }
        catch (Exception) when (!_stop.IsCancellationRequested)
        {
            // The next one comes soon; who misses too many is told to be gone.
            Interlocked.Increment(ref _faults);
        }
        catch (OperationCanceledException)
        {
            // It ends.
        }
    }

    private async Task ListenForAuditsAsync()
    {
        await foreach (TransportNote note in Listening.ForeverAsync(
            _transport, ClusterNames.AuditSubject(_options.Host), _options.TimeProvider, _stop.Token).ConfigureAwait(false))
        {
            if (ClusterJsonContext.ReadAudit(note.Body.Span) is { Journal: not null } report)
                _options.Publisher?.NoteAudit(report);
        }
    }

    private async Task ListenForCommandsAsync(string target)
    {
        await foreach (TransportNote note in Listening.ForeverAsync(
            _transport, ClusterNames.CommandSubject(target), _options.TimeProvider, _stop.Token).ConfigureAwait(false))
        {
            try
            {
                if (FleetJsonContext.ReadCommand(note.Body.Span) is { } command)
                    await TakeAsync(command).ConfigureAwait(false);
            }
            catch (Exception) when (!_stop.IsCancellationRequested)
            {
                Interlocked.Increment(ref _faults);
            }
        }
    }

    private async Task TakeAsync(FleetCommand command)
    {
        FleetResult? result = await _options.Commands!.TakeAsync(_options.Host, command, _stop.Token).ConfigureAwait(false);
        if (result is null)
            return;
        byte[] bytes = FleetJsonContext.Write(result);
        await _transport.TellAsync(ClusterNames.ResultSubject(command.Id), bytes, _stop.Token).ConfigureAwait(false);
        Task ack = await _transport.BeginSendAsync(
            new TransportMessage(
                ClusterNames.TrailSubject(_options.Host), $"{_options.Host}/{command.Id:n}", bytes, new Dictionary<string, string>()),
            _stop.Token).ConfigureAwait(false);
        await ack.ConfigureAwait(false);
    }
}

/// <summary>A host's part in the fleet. Immutable.</summary>
public sealed record FleetMemberOptions
{
    /// <summary>The host's name, unique in the fleet.</summary>
    public required string Host { get; init; }

    /// <summary>What publishes the host's journal; null if it has none.</summary>
    public JournalPublisher? Publisher { get; init; }

    /// <summary>What the host can carry, asked for each sign of life; what it throws is counted, and that sign left out.</summary>
    public Func<HostCapacity> Capacity { get; init; } = static () => new HostCapacity(
        Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 0, 0);

    /// <summary>What the host does when it is asked to; null for nothing.</summary>
    public FleetCommands? Commands { get; init; }

    /// <summary>How often it gives a sign of life: 100 ms to 1 hour.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a disposal waits for commands that are being carried out; what has not ended then is left behind. 0 to 1 day; default 30 s.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = Endings.DefaultTimeout;

    /// <summary>The host's clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal static OptionTable<FleetMemberOptions> Ranges { get; } = new OptionTable<FleetMemberOptions>("a member")
        .With(nameof(HeartbeatInterval),
            OptionRange.Of(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)), static o => o.HeartbeatInterval)
        .With(nameof(CloseTimeout), Endings.Timeouts, static o => o.CloseTimeout);

    internal void Validate()
    {
        ClusterNames.RequireHost(Host);
        ArgumentNullException.ThrowIfNull(Capacity);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Ranges.Check(this);
    }
}
