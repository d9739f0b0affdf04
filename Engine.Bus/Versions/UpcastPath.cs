namespace Engine.Bus.Versions;

/// <summary>The way from one version to the newest, composed once into one delegate.</summary>
internal abstract class UpcastPath(EventVersion from, EventVersion to)
{
    public EventVersion From { get; } = from;

    public EventVersion To { get; } = to;

    public bool IsCurrent => From == To;

    /// <summary>Subscribes to the version and publishes its events again as the newest; null for the newest itself.</summary>
    public abstract BusSubscription? Attach(EventBus bus);

    /// <summary>Decodes an event of the version and publishes it. Returns what the decoder threw; null if it was published.</summary>
    public abstract Exception? Publish(EventBus bus, ReadOnlyMemory<byte> payload, in EventIds ids);
}

/// <summary>A path whose first version is known.</summary>
internal abstract class UpcastPath<TFrom>(EventVersion from, EventVersion to, EventDecoder<TFrom>? decoder) : UpcastPath(from, to)
    where TFrom : IVersionedEvent<TFrom>
{
    /// <summary>The path that begins one version earlier.</summary>
    public abstract UpcastPath<TEarlier> Prepend<TEarlier>(EventUpcaster<TEarlier, TFrom> hop, EventVersion from, EventDecoder<TEarlier>? decoder)
        where TEarlier : IVersionedEvent<TEarlier>;

    /// <summary>The whole way, if it leads to the type.</summary>
    public abstract EventUpcaster<TFrom, TTo> Upcaster<TTo>()
        where TTo : IVersionedEvent<TTo>;

    public override Exception? Publish(EventBus bus, ReadOnlyMemory<byte> payload, in EventIds ids)
    {
        if (decoder is null)
            return new InvalidDataException($"There is no decoder of {From}; give one to EventVersionsBuilder.AddDecoder.");
        TFrom @event;
        try
        {
            @event = decoder(payload.Span);
        }
        catch (Exception exception)
        {
            return exception;
        }

        bus.Publish(@event, ids);
        return null;
    }
}

/// <summary>A path whose ends are known.</summary>
internal sealed class UpcastPath<TFrom, TNewest>(
    EventVersion from, EventVersion to, EventUpcaster<TFrom, TNewest> upcast, EventDecoder<TFrom>? decoder)
    : UpcastPath<TFrom>(from, to, decoder)
    where TFrom : IVersionedEvent<TFrom>
    where TNewest : IVersionedEvent<TNewest>
{
    public override UpcastPath<TEarlier> Prepend<TEarlier>(
        EventUpcaster<TEarlier, TFrom> hop, EventVersion from, EventDecoder<TEarlier>? decoder)
    {
        // The newest version needs no call of its own behind the last hop.
        if (IsCurrent && hop is EventUpcaster<TEarlier, TNewest> whole)
            return new UpcastPath<TEarlier, TNewest>(from, To, whole, decoder);
        EventUpcaster<TFrom, TNewest> rest = upcast;
        return new UpcastPath<TEarlier, TNewest>(from, To, (in TEarlier @event) => rest(hop(@event)), decoder);
    }

    public override EventUpcaster<TFrom, TTo> Upcaster<TTo>() =>
        upcast as EventUpcaster<TFrom, TTo>
        ?? throw new ArgumentException($"The newest version of {From.EventName} is {To} ({typeof(TNewest)}), not {typeof(TTo)}.");

    public override BusSubscription? Attach(EventBus bus)
    {
        if (IsCurrent)
            return null;
        return bus.Subscribe(
            (in TFrom @event, EventContext context) =>
            {
                if (bus.IsWanted<TNewest>())
                    bus.PublishInPlaceOf(upcast(@event), context);
            },
            new BusSubscriptionOptions<TFrom> { Name = $"upcast {From} to v{To.Version}", Mode = ProcessingMode.Sync });
    }
}
