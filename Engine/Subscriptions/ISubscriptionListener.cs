namespace Engine.Subscriptions;

/// <summary>A lane that wants to know what its subscriptions ask of a publish.</summary>
internal interface ISubscriptionListener
{
    /// <summary>Id of the producer whose lane it is.</summary>
    int ProducerId { get; }

    /// <summary>Called under the registry's lock whenever the modes change. Must not block.</summary>
    void OnModesChanged(DeliveryModes modes);

    /// <summary>
    /// Called after that, when a process-wide barrier has made the modes visible to whoever looks at them from now on. Must not block.
    /// </summary>
    void OnModesVisible();

    /// <summary>Tells listeners of a change.</summary>
    /// <param name="listeners">Whom to tell.</param>
    /// <param name="modesOf">The modes of each.</param>
    static void Tell(ReadOnlySpan<ISubscriptionListener> listeners, Func<ISubscriptionListener, DeliveryModes> modesOf)
    {
        if (listeners.IsEmpty)
            return;
        foreach (ISubscriptionListener listener in listeners)
            listener.OnModesChanged(modesOf(listener));
        // Keeps the modes before what listeners do next, and finds every publisher either before its look at the modes or
        // behind it, its stores drained; partner: OpenRun of a lane.
        Interlocked.MemoryBarrierProcessWide();
        foreach (ISubscriptionListener listener in listeners)
            listener.OnModesVisible();
    }
}
