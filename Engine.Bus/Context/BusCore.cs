using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Engine.Bus.Scheduling;
using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>
/// What the parts of one bus share: its clock, its ids, its scheduler, its state and where errors go. They know this, not the
/// bus. Thread-safe.
/// </summary>
internal sealed class BusCore
{
    private const int MaxProducers = 1024;

    private readonly Action<BusHandlerError>? _onHandlerError;
    private readonly ConcurrentDictionary<string, ProducerInfo> _producers = new(StringComparer.Ordinal);
    private readonly double _nanosecondsPerTick;
    private readonly double _utcTicksPerTick;
    private readonly long _originTimestamp;
    private long _originUtcTicks;
    private long _anchoredUntil;
    private int _state;
    private bool _refusesPublishers;
    private int _roomWaits;

    public BusCore(string name, EventBusOptions options)
    {
        Name = name;
        MaxDepth = options.MaxDepth;
        MaxCausationDepth = options.MaxCausationDepth;
        PoolSize = options.Async.PoolSize;
        TimeProvider = options.TimeProvider;
        _nanosecondsPerTick = 1e9 / TimeProvider.TimestampFrequency;
        _utcTicksPerTick = (double)TimeSpan.TicksPerSecond / TimeProvider.TimestampFrequency;
        _originTimestamp = TimeProvider.GetTimestamp();
        Anchor();
        Ids = new EventIdSource(TimeProvider);
        Producer = new ProducerInfo(ProducerInfo.SharedId, name, options.VmId);
        int dispatchers = options.Async.DispatcherCount;
        Scheduler = new BusScheduler(
            dispatchers == 0 ? Math.Min(Environment.ProcessorCount, BusScheduler.MaxDispatcherCount) : dispatchers);
        _onHandlerError = options.OnHandlerError;
        Log = new BusLog(options.Logger, name);
        TimesCalls = options.Metrics.IsEnabled;
    }

    public string Name { get; }

    public int MaxDepth { get; }

    public int MaxCausationDepth { get; }

    /// <summary>Unused envelopes that are kept for each event type.</summary>
    public int PoolSize { get; }

    public TimeProvider TimeProvider { get; }

    public EventIdSource Ids { get; }

    /// <summary>Who publishes what comes from no engine.</summary>
    public ProducerInfo Producer { get; }

    public BusScheduler Scheduler { get; }

    /// <summary>The same for a machine that publishers name. Of the machines that are too many to be kept, one is made each time.</summary>
    public ProducerInfo ProducerOf(string vmId)
    {
        if (_producers.TryGetValue(vmId, out ProducerInfo? known))
            return known;
        var producer = new ProducerInfo(ProducerInfo.SharedId, Name, vmId);
        if (_producers.Count < MaxProducers)
            _producers.TryAdd(vmId, producer);
        return producer;
    }

    /// <summary>The owner in the <see cref="HandlerNumber"/> of the bus's subscriptions.</summary>
    public long HandlerOwner { get; } = HandlerNumber.NextOwner();

    /// <summary>Written under the bus's lock, or by its stop.</summary>
    public LifecycleState State
    {
        get => (LifecycleState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (int)value);
    }

    /// <summary>Whether only handlers may publish, or nobody any more. Never taken back.</summary>
    public bool RefusesPublishers
    {
        get => Volatile.Read(ref _refusesPublishers);
        set => Volatile.Write(ref _refusesPublishers, value);
    }

    public BusLog Log { get; }

    /// <summary>Whether some of the calls of handlers on publishers' threads are timed.</summary>
    public bool TimesCalls { get; }

    /// <summary>Whether a publisher waits for room without a thread.</summary>
    public bool HasRoomWaits => Volatile.Read(ref _roomWaits) > 0;

    /// <summary>
    /// Whether a publisher is one of those that may still publish while others are refused: a handler of this bus, until it has
    /// stopped.
    /// </summary>
    public bool TakesFrom(EventContext? publisher) =>
        State != LifecycleState.Stopped && publisher is not null && publisher.LeadsBackTo(this);

    /// <summary>A publisher waits for room without a thread.</summary>
    public void BeginRoomWait() => Interlocked.Increment(ref _roomWaits);

    /// <summary>Its event is queued or given up.</summary>
    public void EndRoomWait() => Interlocked.Decrement(ref _roomWaits);

    /// <summary>A span of the clock's timestamps.</summary>
    public long ToNanoseconds(long ticks) => (long)(ticks * _nanosecondsPerTick);

    /// <summary>
    /// The time of day at a timestamp of the clock, in ticks of UTC. An addition, so that whoever has a timestamp need not read the
    /// time too; what the time of day is at timestamp 0 is looked up again every second, because it is set now and then.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ToUtcTicks(long timestamp)
    {
        if (timestamp > Volatile.Read(ref _anchoredUntil))
            Anchor();
        return Volatile.Read(ref _originUtcTicks) + TicksSinceOrigin(timestamp);
    }

    // Threads that do this at the same time write the same, but for the nanoseconds between them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Anchor()
    {
        long timestamp = TimeProvider.GetTimestamp();
        Volatile.Write(ref _originUtcTicks, TimeProvider.GetUtcNow().UtcTicks - TicksSinceOrigin(timestamp));
        Volatile.Write(ref _anchoredUntil, timestamp + TimeProvider.TimestampFrequency);
    }

    // From an origin, so that a number of floating point is exact enough.
    private long TicksSinceOrigin(long timestamp) => (long)((timestamp - _originTimestamp) * _utcTicksPerTick);

    public void ReportError(in BusHandlerError error)
    {
        try
        {
            _onHandlerError?.Invoke(error);
        }
        catch (Exception)
        {
            // The error itself stays counted in the subscription.
        }
    }
}
