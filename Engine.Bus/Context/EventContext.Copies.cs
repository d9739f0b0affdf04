namespace Engine.Bus;

/// <summary>Contexts that are made from others: of queued events, of events that stand for others, of batches.</summary>
public partial class EventContext
{
    /// <summary>As <see cref="CopyFrom(EventContext, long)"/>, at the present time.</summary>
    internal void CopyFrom(EventContext source) =>
        CopyFrom(source, source._facts.PublishedAt == 0 ? source._topic.Core.TimeProvider.GetTimestamp() : 0);

    /// <summary>
    /// Makes a context that has begun that of an event that stands for another: beside it, not below it, so that the same id
    /// is no loop and costs no level. To be ended with <see cref="EndInPlaceOf"/>.
    /// </summary>
    internal void StandFor(EventContext original)
    {
        _parent = original._parent;
        Adopt(new EventIds
        {
            Id = original.Id,
            CorrelationId = original.CorrelationId,
            CausationId = original.CausationId,
            Details = original.Details,
            IsReplay = original.IsReplay,
        });
        if (original.HasGiven(Given.Origin))
            Adopt(original._particulars!.Origin.As(EventType));
        // As the original has them: on the pool there is no parent to count from, but the ancestors are known.
        _facts.Depth = original._facts.Depth;
        _facts.Nesting = original._facts.Nesting;
        _facts.IsFromHandler = original._facts.IsFromHandler;
        _facts.PublishedAt = original._facts.PublishedAt;
        if (original.Waits is { } waits)
            Adopt(waits);
        AddAncestors(original);
    }

    /// <summary>Tells the publisher of the original what became of this one, and leaves nothing behind for later events.</summary>
    internal void EndInPlaceOf(EventContext original)
    {
        original.Record(Outcome);
        if (original._facts.PublishedAt == 0)
            original._facts.PublishedAt = _facts.PublishedAt;
        ForgetGiven();
    }

    /// <summary>Becomes the context of a batch: with an id of its own, as deep as its deepest event.</summary>
    internal void BeginBatch(EventContext first, int depth)
    {
        Begin(first._topic, parent: null);
        _facts.Depth = depth;
        // Now, because what the handler starts may ask for it from several threads.
        IdNumber();
    }

    // What few events have, and the events that led here: the parents are used again, so that their ids are copied.
    private void CopyParticulars(EventContext source)
    {
        if (source.HasGiven(Given.Origin))
            Adopt(source._particulars!.Origin);
        if (source.HasGiven(Given.Attempts))
            AdoptAttempts(source._particulars!.EarlierAttempts);
        if (source.HasGiven(Given.Ids) || source._parent is not null)
        {
            EventParticulars particulars = Give(source.HasGiven(Given.Replay) ? Given.Ids | Given.Replay : Given.Ids);
            particulars.Id = source.Id;
            particulars.CorrelationId = source.CorrelationId;
            particulars.CausationId = source.CausationId;
            particulars.Details = source.Details;
        }

        AddAncestors(source);
        for (EventContext? ancestor = source._parent; ancestor is not null; ancestor = ancestor._parent)
        {
            Add(new Ancestor(ancestor.KnownId, ancestor.EventType));
            AddAncestors(ancestor);
        }
    }
}
