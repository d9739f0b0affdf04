using System.Diagnostics;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Subscriptions;

/// <summary>
/// One handler's subscription to one event type. Disposing it ends it: when <see cref="Dispose"/> returns on a thread
/// that is not inside the handler, the handler is not running and is never called again. Two cases do not wait for a
/// running call, because it could wait for them: two handlers that end each other's subscriptions at the same moment,
/// and a dispatched handler that ends an inline one which waits for a free slot. All members are thread-safe.
/// </summary>
[DebuggerDisplay("{Name,nq} ({EventType.Name,nq}), {Delivery}: {DeliveredCount} delivered, active {IsActive}")]
public abstract class Subscription : IDisposable
{
    private readonly SubscriptionRegistry _registry;
    private bool _isCancelled;
    private long _delivered;
    private long _errors;

    // Of single events on the threads that publish them: an atomic addition would cost more than the rest of the delivery.
    private readonly ThreadCounter? _deliveredInline;

    private protected Subscription(SubscriptionRegistry registry, long id, string? name, int priority, Delivery delivery)
    {
        _registry = registry;
        Id = id;
        Name = name ?? $"subscription-{id}";
        Priority = priority;
        Delivery = delivery;
        _deliveredInline = delivery == Delivery.Inline ? new ThreadCounter() : null;
    }

    /// <summary>Number within the engine, from 1.</summary>
    public long Id { get; }

    /// <summary>Name for statistics and error reports.</summary>
    public string Name { get; }

    /// <summary>Higher is called earlier.</summary>
    public int Priority { get; }

    /// <summary>Where the handler runs.</summary>
    public Delivery Delivery { get; }

    /// <summary>The event type subscribed to.</summary>
    public EventDescriptor EventType => _registry.Descriptor;

    /// <summary>Whether the handler can still be called.</summary>
    public bool IsActive => !Volatile.Read(ref _isCancelled);

    /// <summary>Events handed to the handler, those it threw on included.</summary>
    public long DeliveredCount => Volatile.Read(ref _delivered) + (_deliveredInline?.Value ?? 0);

    /// <summary>Times the handler, its filter or its loss callback threw.</summary>
    public long ErrorCount => Volatile.Read(ref _errors);

    /// <summary>What came of its boundaries so far; null where it has none.</summary>
    public BoundaryCoverage? Coverage => Bounds is null ? null : _registry.CoverageOf(Bounds);

    /// <summary>Ends the subscription. May wait for a running call of the handler; does nothing the second time.</summary>
    public void Dispose()
    {
        _registry.Remove(this);
        GC.SuppressFinalize(this);
    }

    /// <summary>The name and the event type.</summary>
    public override string ToString() => $"\"{Name}\" ({EventType.Name})";

    /// <summary>What a thread writes into its <see cref="HandlerScope"/> while it is inside the handler.</summary>
    internal long HandlerNumber { get; } = Subscriptions.HandlerNumber.Next();

    /// <summary>What it asks of a virtual CPU, or null.</summary>
    internal BoundaryRequest? Bounds { get; private protected set; }

    /// <summary>Tells the subscriber where it is between its boundaries. Never throws.</summary>
    internal abstract void TellCoverage(BoundaryCoverage coverage, ProducerInfo producer);

    internal void Cancel() => Volatile.Write(ref _isCancelled, true);

    private protected void CountDeliveredInline(HandlerScope scope) => _deliveredInline!.Increment(scope);

    private protected void CountDelivered(int count) => Interlocked.Add(ref _delivered, count);

    private protected void ReportError(in Envelope envelope, long firstSequence, long lastSequence, Exception exception)
    {
        Interlocked.Increment(ref _errors);
        _registry.ReportError(new HandlerError(
            Id, Name, EventType, envelope.Producer, firstSequence, lastSequence, exception));
    }

    /// <summary>Counts and reports what a callback threw on the thread of a virtual CPU.</summary>
    internal void ReportCallbackError(ProducerInfo producer, Exception exception)
    {
        Interlocked.Increment(ref _errors);
        _registry.ReportError(new HandlerError(Id, Name, EventType, producer, 0, 0, exception));
    }

    private protected void ReportLossError(in LossNotice notice, Exception exception)
    {
        Interlocked.Increment(ref _errors);
        _registry.ReportError(new HandlerError(
            Id, Name, EventType, notice.Producer, notice.FirstSequence, notice.LastSequence, exception));
    }
}
