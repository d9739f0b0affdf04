using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Subscriptions;

/// <summary>What the registries of one engine share: ids, the version, and where errors go.</summary>
internal sealed class SubscriptionContext(Action<HandlerError>? onHandlerError)
{
    private readonly ConcurrentDictionary<long, Subscription> _byId = new();
    private long _lastId;

    // Written under a registry's lock, read by virtual CPU loops.
    private PaddedInt32 _version;

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

    public void Changed() => Interlocked.Increment(ref _version.Value);

    /// <summary>Hands an error to the host's callback. What the callback throws is dropped: there is nobody left to tell.</summary>
    public void ReportError(in HandlerError error)
    {
        try
        {
            onHandlerError?.Invoke(error);
        }
        catch (Exception)
        {
            // The error itself stays counted in the subscription.
        }
    }
}
