namespace Engine.Order;

/// <summary>An event in the one order of several producers.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="Event">The event.</param>
/// <param name="VirtualTime">When it happened, in the unit of <see cref="Publish.EventProducer.VirtualTime"/>.</param>
/// <param name="Sequence">Its sequence in its producer's lane, as inline handlers see it.</param>
/// <param name="Producer">Index of its producer in <see cref="MergeOptions.Producers"/>.</param>
public readonly record struct MergedEvent<T>(T Event, long VirtualTime, long Sequence, int Producer)
    where T : unmanaged;

/// <summary>
/// Handles events in the one order of several producers: by virtual time, then index of the producer, then sequence. Called by one
/// thread, which belongs to the subscription.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="events">The events, at least one; valid during the call only.</param>
/// <param name="watermark">
/// No event before this virtual time will come any more, in this call or a later one, but for those of this call.
/// </param>
public delegate void MergedAction<T>(ReadOnlySpan<MergedEvent<T>> events, long watermark)
    where T : unmanaged;
