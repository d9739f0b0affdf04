using System.Buffers;
using Engine.Bus.Codecs;
using Engine.Events;
using Engine.Publish;

namespace Engine.Bus.Versions;

/// <summary>A version whose type and whose newest type are known.</summary>
internal sealed class KnownVersion<TFrom, TNewest>(
    EventVersion version, EventVersion newest, EventTransform<TFrom, TNewest> upcast, IEventCodec<TFrom>? codec)
    : KnownVersion<TFrom>(version, newest, codec)
    where TFrom : IEvent<TFrom>
    where TNewest : IEvent<TNewest>
{
    // What this thread publishes at the moment and has upcast already, so that the subscription that upcasts need not do it again.
    [ThreadStatic]
    private static Ready t_ready;

    public override KnownVersion<TEarlier> Prepend<TEarlier>(
        EventTransform<TEarlier, TFrom> hop, EventVersion version, IEventCodec<TEarlier>? codec)
    {
        // The newest version needs no call of its own behind the last hop.
        if (IsCurrent && hop is EventTransform<TEarlier, TNewest> whole)
            return new KnownVersion<TEarlier, TNewest>(version, Newest, whole, codec);
        EventTransform<TFrom, TNewest> rest = upcast;
        return new KnownVersion<TEarlier, TNewest>(version, Newest, (in TEarlier @event) => rest(hop(@event)), codec);
    }

    public override EventTransform<TFrom, TTo> Upcaster<TTo>() =>
        upcast as EventTransform<TFrom, TTo>
        ?? throw new ArgumentException($"The newest version of {Version.EventName} is {Newest} ({typeof(TNewest)}), not {typeof(TTo)}.");

    public override BusSubscription? Attach(EventBus bus)
    {
        if (IsCurrent)
            return null;
        BusSubscription subscription = bus.Subscribe(
            (in TFrom @event, EventContext context) =>
            {
                if (bus.IsWanted<TNewest>())
                    bus.PublishInPlaceOf(t_ready.Is(this, context) ? t_ready.Event : UpcastOrThrow(@event), context);
            },
            new BusSubscriptionOptions<TFrom> { Name = $"upcast {Version} to v{Newest.Version}", Mode = ProcessingMode.Sync });
        if (bus.TryClaimRepublishing(typeof(TFrom), subscription))
            return subscription;
        subscription.Dispose();
        throw new InvalidOperationException(
            $"{Version} is upcast on bus \"{bus.Name}\" already, and would be published twice; "
            + $"dispose of the other {nameof(VersionedBus)} first.");
    }

    public override DecodeOutcome Read<TVisitor>(
        in ReadOnlySequence<byte> payload, string? contentType, ref TVisitor visitor, out Exception? error)
    {
        if (!TryDecode(payload, contentType, out TFrom @event, out error))
            return DecodeOutcome.Unreadable;
        if (!TryUpcast(@event, out TNewest newest, out error))
            return DecodeOutcome.UpcastFailed;
        visitor.Visit(newest);
        return IsCurrent ? DecodeOutcome.Current : DecodeOutcome.Upcast;
    }

    public override DecodeOutcome Publish(EventBus bus, in IncomingEvent incoming, out PublishResult result)
    {
        if (!TryDecode(new ReadOnlySequence<byte>(incoming.Payload), incoming.ContentType, out TFrom @event, out Exception? error))
            return Failed(DecodeOutcome.Unreadable, error, out result);
        if (IsCurrent || !bus.IsWanted<TNewest>())
        {
            result = new PublishResult(bus.Publish(@event, incoming.Ids), null);
            return IsCurrent ? DecodeOutcome.Current : DecodeOutcome.Upcast;
        }

        if (!TryUpcast(@event, out TNewest newest, out error))
            return Failed(DecodeOutcome.UpcastFailed, error, out result);
        EventIds ids = incoming.Ids.Id != Guid.Empty ? incoming.Ids : incoming.Ids with { Id = bus.Core.Ids.Next() };
        Ready outer = t_ready;
        t_ready = new Ready(this, ids.Id, newest);
        try
        {
            result = new PublishResult(bus.Publish(@event, ids), null);
        }
        finally
        {
            t_ready = outer;
        }

        return DecodeOutcome.Upcast;
    }

    public override DecodeOutcome Deliver(
        EventBus bus, BusSubscription subscription, in IncomingEvent incoming, int attempt, out PublishResult result)
    {
        if (!TryDecode(new ReadOnlySequence<byte>(incoming.Payload), incoming.ContentType, out TFrom @event, out Exception? error))
            return Failed(DecodeOutcome.Unreadable, error, out result);
        if (!IsCurrent && !bus.IsSubscribed<TNewest>(subscription))
        {
            result = new PublishResult(bus.Deliver(subscription, @event, incoming.Ids, attempt), null);
            return DecodeOutcome.Current;
        }

        if (!TryUpcast(@event, out TNewest newest, out error))
            return Failed(DecodeOutcome.UpcastFailed, error, out result);
        result = new PublishResult(bus.Deliver(subscription, newest, incoming.Ids, attempt), null);
        return IsCurrent ? DecodeOutcome.Current : DecodeOutcome.Upcast;
    }

    private static DecodeOutcome Failed(DecodeOutcome outcome, Exception? error, out PublishResult result)
    {
        result = new PublishResult(PublishOutcome.NotSubscribed, error);
        return outcome;
    }

    private bool TryUpcast(in TFrom @event, out TNewest newest, out Exception? error)
    {
        newest = default!;
        error = null;
        try
        {
            newest = UpcastOrThrow(@event);
        }
        catch (Exception exception)
        {
            error = exception;
        }

        return error is null;
    }

    private TNewest UpcastOrThrow(in TFrom @event)
    {
        try
        {
            TNewest newest = upcast(@event);
            return newest is not null ? newest : throw new InvalidOperationException($"The upcaster of {Version} returned null.");
        }
        catch
        {
            CountUpcastError();
            throw;
        }
    }

    /// <param name="Owner">Who upcast it.</param>
    /// <param name="Id">The event's id.</param>
    /// <param name="Event">The newest version.</param>
    private readonly record struct Ready(KnownVersion? Owner, Guid Id, TNewest Event)
    {
        public bool Is(KnownVersion owner, EventContext context) => Owner == owner && Id == context.Id;
    }
}

/// <summary>What became of an event that was read, or why it was not.</summary>
internal readonly record struct PublishResult(PublishOutcome Outcome, Exception? Error);
