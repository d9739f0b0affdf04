using Engine.Bus.Scheduling;
using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>
/// What the parts of one bus share: its clock, its ids, its scheduler, its state and where errors go. They know this, not the
/// bus. Thread-safe.
/// </summary>
internal sealed class BusCore
{
    private readonly Action<BusHandlerError>? _onHandlerError;
    private readonly double _nanosecondsPerTick;
    private int _state;
    private bool _refusesPublishers;
    private int _roomWaits;

    public BusCore(string name, EventBusOptions options)
    {
        Name = name;
        MaxDepth = options.MaxDepth;
        MaxCausationDepth = options.MaxCausationDepth;
        TimeProvider = options.TimeProvider;
        _nanosecondsPerTick = 1e9 / TimeProvider.TimestampFrequency;
        Ids = new EventIdSource(TimeProvider);
        Producer = new ProducerInfo(ProducerInfo.SharedId, name, options.VmId);
        int dispatchers = options.Async.DispatcherCount;
        Scheduler = new BusScheduler(dispatchers == 0 ? Math.Min(Environment.ProcessorCount, BusScheduler.MaxDispatcherCount) : dispatchers);
        _onHandlerError = options.OnHandlerError;
    }

    public string Name { get; }

    public int MaxDepth { get; }

    public int MaxCausationDepth { get; }

    public TimeProvider TimeProvider { get; }

    public EventIdSource Ids { get; }

    /// <summary>Who publishes what comes from no engine.</summary>
    public ProducerInfo Producer { get; }

    public BusScheduler Scheduler { get; }

    /// <summary>The owner in the <see cref="HandlerNumber"/> of the bus's subscriptions.</summary>
    public long HandlerOwner { get; } = HandlerNumber.NextOwner();

    /// <summary>Written under the bus's lock, or by its stop.</summary>
    public BusState State
    {
        get => (BusState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (int)value);
    }

    /// <summary>Whether only handlers may publish, or nobody any more. Never taken back.</summary>
    public bool RefusesPublishers
    {
        get => Volatile.Read(ref _refusesPublishers);
        set => Volatile.Write(ref _refusesPublishers, value);
    }

    /// <summary>Whether a publisher waits for room without a thread.</summary>
    public bool HasRoomWaits => Volatile.Read(ref _roomWaits) > 0;

    /// <summary>Whether a publisher is one of those that may still publish while others are refused: a handler of this bus, until it has stopped.</summary>
    public bool TakesFrom(EventContext? publisher) => State != BusState.Stopped && publisher is not null && publisher.LeadsBackTo(this);

    /// <summary>A publisher waits for room without a thread.</summary>
    public void BeginRoomWait() => Interlocked.Increment(ref _roomWaits);

    /// <summary>Its event is queued or given up.</summary>
    public void EndRoomWait() => Interlocked.Decrement(ref _roomWaits);

    /// <summary>A span of the clock's timestamps.</summary>
    public long ToNanoseconds(long ticks) => (long)(ticks * _nanosecondsPerTick);

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
