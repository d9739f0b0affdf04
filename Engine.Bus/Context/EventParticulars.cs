using Engine.Events;

namespace Engine.Bus;

/// <summary>
/// What few events have, apart from what all have, so that these take few cache lines. A context makes one when it first needs it, and
/// keeps it; which of its parts are the present event's, the context's facts say.
/// </summary>
internal sealed class EventParticulars
{
    private Ancestor[] _ancestors = [];

    public Guid Id { get; set; }

    public Guid CorrelationId { get; set; }

    public Guid CausationId { get; set; }

    /// <summary>The envelope of an event that comes from an engine.</summary>
    public Envelope Origin { get; set; }

    /// <summary>What the publisher said of it.</summary>
    public EventDetails? Details { get; set; }

    /// <summary>Where the publisher waits for room without a thread.</summary>
    public PublishWait? Waits { get; set; }

    /// <summary>Attempts that were made before the event was delivered to this bus again.</summary>
    public int EarlierAttempts { get; set; }

    /// <summary>What its first try on the publisher's thread threw.</summary>
    public Exception? FirstFailure { get; set; }

    public int AncestorCount { get; private set; }

    /// <summary>The events that led here, outermost last.</summary>
    public ReadOnlySpan<Ancestor> Ancestors => _ancestors.AsSpan(0, AncestorCount);

    public void ClearAncestors() => AncestorCount = 0;

    public void Add(in Ancestor ancestor)
    {
        if (AncestorCount == _ancestors.Length)
            Array.Resize(ref _ancestors, Math.Max(4, 2 * _ancestors.Length));
        _ancestors[AncestorCount++] = ancestor;
    }

    /// <summary>Keeps nothing alive that publishers have given.</summary>
    public void Forget()
    {
        Details = null;
        Waits = null;
        FirstFailure = null;
    }
}

/// <summary>An event that led to another.</summary>
internal readonly record struct Ancestor(Guid Id, EventDescriptor EventType);
