using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>
/// Takes events over from the bus for one of a subscription's patterns. An event that several of them match comes in
/// by the first alone.
/// </summary>
internal sealed class MessageIntake(MessageQueue queue, EventNamePattern[] patterns, int index, bool keepsKeyOrder) : IBusAnyHandler
{
    private const byte Unknown = 0;
    private const byte Mine = 1;
    private const byte Others = 2;

    // By number of the event type. Threads that find the same out at the same time write the same; one that is lost is found out again.
    private byte[] _owners = [];

    public void Handle<T>(in T @event, EventContext context)
        where T : IEvent<T>
    {
        if (index == 0 || IsMine(EventTypeIndex.Of<T>.Value, context.EventType.Name))
            queue.Accept(@event, context, keepsKeyOrder ? OrderOf(context) : 0);
    }

    /// <summary>Equal for events of one key; their own ids part those without.</summary>
    public static int OrderOf(EventContext context) =>
        context.Key is { } key ? string.GetHashCode(key, StringComparison.Ordinal) : context.Id.GetHashCode();

    private bool IsMine(int type, string name)
    {
        byte[] owners = Volatile.Read(ref _owners);
        byte owner = type < owners.Length ? owners[type] : Unknown;
        if (owner != Unknown)
            return owner == Mine;
        bool isMine = !patterns.AsSpan(0, index).ToArray().Any(pattern => pattern.Matches(name));
        if (type >= owners.Length)
            Array.Resize(ref owners, type + 1);
        owners[type] = isMine ? Mine : Others;
        Volatile.Write(ref _owners, owners);
        return isMine;
    }
}

/// <summary>Takes events of one type over from the bus.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class MessageIntake<T>(MessageQueue queue, OrderingKeySelector<T>? orderingKey, bool keepsKeyOrder) : IBusHandler<T>
    where T : IEvent<T>
{
    public void Handle(in T @event, EventContext context)
    {
        if (orderingKey is null)
            queue.Accept(@event, context, keepsKeyOrder ? MessageIntake.OrderOf(context) : 0);
        else
            queue.Accept(@event, context, KeyOf(@event, context));
    }

    private int KeyOf(in T @event, EventContext context)
    {
        try
        {
            return orderingKey!(@event);
        }
        catch (Exception)
        {
            // The bus reports it. Without a key it is no message, and the publisher must be told.
            context.Record(queue.CountRefused());
            throw;
        }
    }
}
