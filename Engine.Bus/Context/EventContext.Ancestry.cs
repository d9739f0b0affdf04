namespace Engine.Bus;

/// <summary>The events that led to an event: those its handler runs inside of, and those behind queues.</summary>
public partial class EventContext
{
    private ReadOnlySpan<Ancestor> Ancestors => WithGiven(Given.Ancestors) is { } particulars ? particulars.Ancestors : [];

    /// <summary>Whether the handler of this event, or one that it runs inside of, belongs to a bus.</summary>
    internal bool LeadsBackTo(BusCore bus)
    {
        for (EventContext? context = this; context is not null; context = context._parent)
        {
            if (context._topic.Core == bus)
                return true;
        }

        return false;
    }

    /// <summary>Whether this event or one that led to it has the id.</summary>
    internal bool DescendsFrom(Guid id)
    {
        for (EventContext? context = this; context is not null; context = context._parent)
        {
            if (context.KnownId == id)
                return true;
            foreach (ref readonly Ancestor ancestor in context.Ancestors)
            {
                if (ancestor.Id == id)
                    return true;
            }
        }

        return false;
    }

    /// <summary>The event types that led here, outermost first.</summary>
    internal string Path()
    {
        var names = new List<string>();
        for (EventContext? context = this; context is not null; context = context._parent)
        {
            names.Add(context.EventType.Name);
            foreach (ref readonly Ancestor ancestor in context.Ancestors)
                names.Add(ancestor.EventType.Name);
        }

        names.Reverse();
        return string.Join(" -> ", names);
    }

    private void AddAncestors(EventContext source)
    {
        foreach (ref readonly Ancestor ancestor in source.Ancestors)
            Add(ancestor);
    }

    private void Add(in Ancestor ancestor)
    {
        bool isFirst = !HasGiven(Given.Ancestors);
        EventParticulars particulars = Give(Given.Ancestors);
        if (isFirst)
            particulars.ClearAncestors();
        particulars.Add(ancestor);
    }
}
