using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;
using Microsoft.Extensions.Logging;

namespace Engine.Handlers.Vm;

/// <summary>
/// A group of subscriptions that keep statistics of one side of a virtual machine. Whole batches are added up before
/// the shared counters are touched once. All members are thread-safe; reading statistics never delays a publisher.
/// </summary>
public abstract class VmEventHandler : IDisposable
{
    private readonly IEventSource _source;
    private readonly Lock _registrationLock = new();
    private List<IDisposable> _active = [];
    private long _lost;

    private protected VmEventHandler(IEventSource source, string? vmId, ILogger? logger)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (vmId is not null)
            ArgumentException.ThrowIfNullOrWhiteSpace(vmId);
        _source = source;
        VmId = vmId;
        Log = new VmEventLog(logger, GetType().Name, vmId);
    }

    /// <summary>The machine whose events count; null for all that the source has.</summary>
    public string? VmId { get; }

    /// <summary>What it says to people.</summary>
    private protected VmEventLog Log { get; }

    /// <summary>Whether the handler is subscribed.</summary>
    public bool IsRegistered
    {
        get
        {
            lock (_registrationLock)
                return _active.Count > 0;
        }
    }

    /// <summary>
    /// Events that were lost before this handler saw them, so that its statistics lack them. On a bus see
    /// <c>EngineAttachment.LostEventCount</c>.
    /// </summary>
    public long LostEventCount => Volatile.Read(ref _lost);

    /// <summary>Subscribes to the event types that the statistics need: to all of them, or, if it throws, to none.</summary>
    /// <param name="isWanted">
    /// Chooses among the event types; by default all. A subscription to <c>vm.block</c> makes a machine publish its
    /// blocks, which costs; what is not subscribed to stays 0.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The handler is registered already, or an event type is not registered with the engine.
    /// </exception>
    public void Register(Predicate<EventDescriptor>? isWanted = null)
    {
        lock (_registrationLock)
        {
            if (_active.Count > 0)
                throw new InvalidOperationException($"{GetType().Name} is registered already; call {nameof(Unregister)} first.");

            try
            {
                SubscribeAll(isWanted ?? (static _ => true));
            }
            catch (InvalidOperationException)
            {
                // An event type that is not registered. What was subscribed before it is taken back.
                TakeActive().ForEach(static subscription => subscription.Dispose());
                throw;
            }

            if (Log.IsOn)
                Log.Information($"subscribed to {_active.Count} event types");
        }
    }

    /// <summary>
    /// Ends the subscriptions. When it returns on a thread that is not inside the handler, no event is being counted any
    /// more. The statistics stay.
    /// </summary>
    /// <returns>Whether the handler was registered.</returns>
    public bool Unregister()
    {
        List<IDisposable> active;
        lock (_registrationLock)
            active = TakeActive();
        // Outside the lock: ending a subscription waits for its handler, which may ask whether it is registered.
        active.ForEach(static subscription => subscription.Dispose());
        if (active.Count > 0)
            Log.Information("unsubscribed");
        return active.Count > 0;
    }

    /// <summary>Ends the subscriptions, as <see cref="Unregister"/> does.</summary>
    public void Dispose()
    {
        Unregister();
        GC.SuppressFinalize(this);
    }

    /// <summary>Subscribes to each event type that is wanted.</summary>
    private protected abstract void SubscribeAll(Predicate<EventDescriptor> isWanted);

    /// <summary>Subscribes to one event type, if it is wanted.</summary>
    private protected void Add<T>(BatchAction<T> handler, Predicate<EventDescriptor> isWanted)
        where T : unmanaged, IEvent<T>
    {
        if (!isWanted(T.Descriptor))
            return;
        var options = new SubscriptionOptions<T>
        {
            Name = $"{GetType().Name}({T.Descriptor.Name})",
            Filter = VmId is null ? null : EventFilter.FromVm<T>(VmId),
            OnLost = OnLost,
        };
        _active.Add(_source.Observe(handler, options));
    }

    private void OnLost(in LossNotice notice)
    {
        long lost = Interlocked.Add(ref _lost, notice.Count);
        if (Log.IsWorthALine(lost - notice.Count, lost))
            Log.Warning($"{ReadableText.Count(lost)} events were lost so far, the last of {notice.EventType.Name}");
    }

    private List<IDisposable> TakeActive()
    {
        List<IDisposable> active = _active;
        _active = [];
        return active;
    }
}
