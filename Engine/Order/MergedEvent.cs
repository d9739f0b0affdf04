namespace Engine.Order;

/// <summary>An event in the one order of several producers.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="Event">The event.</param>
/// <param name="VirtualTime">When it happened, in the unit of <see cref="Publish.EventProducer.VirtualTime"/>.</param>
/// <param name="Sequence">Its sequence in its producer's lane, as inline handlers see it.</param>
/// <param name="Producer">Index of its producer in <see cref="MergeOptions.Producers"/>.</param>
public readonly record struct MergedEvent<T>(T Event, long VirtualTime, long Sequence, int Producer)
    where T : unmanaged;
