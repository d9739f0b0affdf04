using Engine.Publish;

namespace Engine.Bus;

/// <summary>Contexts that are made from others: of queued events, of events that stand for others, of batches.</summary>
public partial class EventContext
{
    /// <summary>
    /// Becomes a copy of a publisher's context that outlives it. Number and time are settled now: several handlers may read the copy
    /// at the same time, and each subscription must see the same ones.
    /// </summary>
    /// <param name="source">The publisher's context.</param>
    /// <param name="timestamp">The time, in timestamps of the bus's clock: that of publication unless there is one already.</param>
    internal void CopyFrom(EventContext source, long timestamp)
    {
        long publishedAt = source._facts.PublishedAt;
        if (publishedAt == 0)
            source._facts.PublishedAt = publishedAt = source._topic.Core.ToUtcTicks(timestamp);
        Given given = source._facts.Given;
        long number = source._facts.IdNumber;
        if (number == 0 && ((given & Given.Ids) == 0 || source._id == Guid.Empty))
            number = source.IdNumber();
        // Stored whatever stands there: to look first would wait for a cache line that another thread has read last.
        _topic = source._topic;
        _details = source._details;
        _parent = null;
        // One by one: reading them in one piece would wait for the stores before it.
        _facts.IdNumber = number;
        _facts.PublishedAt = publishedAt;
        _facts.Depth = source._facts.Depth;
        _facts.Nesting = 0;
        _facts.Given = given;
        _facts.Outcome = PublishOutcome.Published;
        _facts.IsFromHandler = source._facts.IsFromHandler;
        Attempt = 1;
        EarlierAttempts = source.EarlierAttempts;
        _ancestorCount = 0;
        if (source._parent is not null || source._ancestorCount > 0 || given != Given.None)
            CopyGivenAndAncestors(source);
    }

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
            Details = original._details,
            IsReplay = original.IsReplay,
        });
        if (original.HasGiven(Given.Origin))
            Adopt(original._origin.As(EventType));
        // As the original has them: on the pool there is no parent to count from, but the ancestors are known.
        _facts.Depth = original._facts.Depth;
        _facts.Nesting = original._facts.Nesting;
        _facts.IsFromHandler = original._facts.IsFromHandler;
        _facts.PublishedAt = original._facts.PublishedAt;
        Waits = original.Waits;
        foreach (ref readonly Ancestor ancestor in original._ancestors.AsSpan(0, original._ancestorCount))
            Add(ancestor);
    }

    /// <summary>Tells the publisher of the original what became of this one, and leaves nothing behind for later events.</summary>
    internal void EndInPlaceOf(EventContext original)
    {
        original.Record(Outcome);
        if (original._facts.PublishedAt == 0)
            original._facts.PublishedAt = _facts.PublishedAt;
        Waits = null;
        ForgetGiven();
        _ancestorCount = 0;
    }

    /// <summary>Becomes the context of a batch: with an id of its own, as deep as its deepest event.</summary>
    internal void BeginBatch(EventContext first, int depth)
    {
        Begin(first._topic, parent: null);
        _facts.Depth = depth;
        // Now, because what the handler starts may ask for it from several threads.
        IdNumber();
        _ancestorCount = 0;
    }

    // What few events have, and the events that led here: the parents are used again, so that their ids are copied.
    private void CopyGivenAndAncestors(EventContext source)
    {
        if (source.HasGiven(Given.Origin))
            _origin = source._origin;
        if (source.HasGiven(Given.Ids) || source._parent is not null)
        {
            _facts.Given |= Given.Ids;
            _id = source.Id;
            _correlationId = source.CorrelationId;
            _causationId = source.CausationId;
        }

        foreach (ref readonly Ancestor earlier in source._ancestors.AsSpan(0, source._ancestorCount))
            Add(earlier);
        for (EventContext? ancestor = source._parent; ancestor is not null; ancestor = ancestor._parent)
        {
            Add(new Ancestor(ancestor.KnownId, ancestor.EventType));
            foreach (ref readonly Ancestor earlier in ancestor._ancestors.AsSpan(0, ancestor._ancestorCount))
                Add(earlier);
        }
    }

    private void Add(in Ancestor ancestor)
    {
        if (_ancestorCount == _ancestors.Length)
            Array.Resize(ref _ancestors, Math.Max(4, 2 * _ancestors.Length));
        _ancestors[_ancestorCount++] = ancestor;
    }
}
