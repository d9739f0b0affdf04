namespace Engine.Order;

/// <summary>
/// An event on its way into one order. It travels between cores, so what is the same for all events of an input is not in it.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal struct MergeSlot<T>
    where T : unmanaged
{
    public T Event;
    public long VirtualTime;
    public long Sequence;
}
