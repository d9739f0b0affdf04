using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;
using Engine.Diagnostics;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Subscriptions;

/// <summary>What the registries of one engine share: its name, ids, the version, and where errors go.</summary>
internal sealed class SubscriptionContext(string engineName, Action<HandlerError>? onHandlerError)
{
    private readonly ConcurrentDictionary<long, Subscription> _byId = new();
    private long _lastId;

    // Written under a registry's lock, read by virtual CPU loops.
    private PaddedInt32 _version;

    public string EngineName { get; } = engineName;

    /// <summary>What subscriptions ask of virtual CPUs.</summary>
    public BoundaryBook Boundaries { get; } = new();

    /// <summary>Changes whenever a subscription of the engine comes or goes, after lanes have been told.</summary>
    public int Version
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _version.Value);
    }

    /// <summary>All active subscriptions.</summary>
    public IEnumerable<Subscription> Active => _byId.Values;

    public long NextId() => Interlocked.Increment(ref _lastId);

    public void Added(Subscription subscription) => _byId[subscription.Id] = subscription;

    public void Removed(Subscription subscription) => _byId.TryRemove(subscription.Id, out _);

    public bool TryGet(long id, out Subscription? subscription) => _byId.TryGetValue(id, out subscription);

    /// <summary>Moves the version on and returns it.</summary>
    public int Changed() => Interlocked.Increment(ref _version.Value);

    /// <summary>
    /// Hands an error to trace sessions and to the host's callback. What the callback throws is dropped: there is nobody
    /// left to tell.
    /// </summary>
    public void ReportError(in HandlerError error)
    {
        Trace(error);
        try
        {
            onHandlerError?.Invoke(error);
        }
        catch (Exception)
        {
            // The error itself stays counted in the subscription.
        }
    }

    private void Trace(in HandlerError error)
    {
        EngineEventSource log = EngineEventSource.Log;
        if (!log.IsEnabled(EventLevel.Error, EngineEventSource.Keywords.Errors))
            return;
        log.HandlerFailed(
            EngineName, error.EventType.Name, error.Producer.Id, error.Producer.Name, error.SubscriptionId, error.SubscriptionName,
            error.FirstSequence, error.LastSequence, error.Exception.GetType().ToString(), ForeignText.MessageOf(error.Exception));
    }
}
