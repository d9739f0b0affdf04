using Engine.Bus.Queues;
using Engine.Events;

namespace Engine.Bus;

/// <summary>What a publisher gives an event beside its payload. Implemented by structs, so that giving nothing costs nothing.</summary>
internal interface IGiven
{
    /// <summary>Whether it is one more event, which has to pass the checks of depth and of the bus's state.</summary>
    static abstract bool IsFurtherEvent { get; }

    /// <summary>Whether it goes to all subscriptions, and so counts as published.</summary>
    static virtual bool IsPublish => true;

    /// <summary>Before the first handler.</summary>
    void GiveTo(EventContext context);

    /// <summary>After the last handler.</summary>
    void TakeFrom(EventContext context);
}

/// <summary>Nothing.</summary>
internal readonly struct NothingGiven : IGiven
{
    public static bool IsFurtherEvent => true;

    public void GiveTo(EventContext context)
    {
    }

    public void TakeFrom(EventContext context)
    {
    }
}

/// <summary>Ids and details, and where the publisher waits for room without a thread.</summary>
internal readonly struct GivenIds(in EventIds ids, RoomWaits? waits) : IGiven
{
    private readonly EventIds _ids = ids;

    public static bool IsFurtherEvent => true;

    public void GiveTo(EventContext context)
    {
        context.Adopt(_ids);
        if (waits is not null)
            context.Adopt(waits);
    }

    public void TakeFrom(EventContext context) => context.ForgetGiven();
}

/// <summary>Ids and attempt of an event that goes to one subscription only.</summary>
internal readonly struct GivenToOne(in EventIds ids, int attempt) : IGiven
{
    private readonly EventIds _ids = ids;

    public static bool IsFurtherEvent => true;

    public static bool IsPublish => false;

    public void GiveTo(EventContext context)
    {
        context.Adopt(_ids);
        if (attempt > 1)
            context.AdoptAttempts(attempt - 1);
    }

    public void TakeFrom(EventContext context) => context.ForgetGiven();
}

/// <summary>The envelope of an event that comes from an engine.</summary>
internal readonly struct GivenOrigin(in Envelope origin) : IGiven
{
    private readonly Envelope _origin = origin;

    public static bool IsFurtherEvent => true;

    public void GiveTo(EventContext context) => context.Adopt(_origin);

    public void TakeFrom(EventContext context)
    {
    }
}

/// <summary>All that is known of another event, which this one stands for and which has passed the checks.</summary>
internal readonly struct InPlaceOf(EventContext original) : IGiven
{
    public static bool IsFurtherEvent => false;

    public void GiveTo(EventContext context) => context.StandFor(original);

    public void TakeFrom(EventContext context) => context.EndInPlaceOf(original);
}
