using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Subscriptions;

/// <summary>The parts of one producer's lane that a subscription wants, by sequence.</summary>
internal abstract class EventWindow<T>(EventFilter<T>? inner) : BatchTrimmer<T>(inner)
    where T : unmanaged, IEvent<T>
{
    /// <summary>Whether events of a producer are wanted that are yet to come.</summary>
    public abstract bool IsOpenFor(int producerId);

    /// <summary>Leaves of a loss what lies in the window; null where nothing does.</summary>
    public abstract LossNotice? Trim(in LossNotice notice);
}
