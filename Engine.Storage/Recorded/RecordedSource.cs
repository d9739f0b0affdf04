using Engine.Events;

namespace Engine.Storage.Recorded;

/// <summary>A producer of one origin in one session, and how far its streams have come. Used under a lock on itself.</summary>
internal sealed class RecordedSource
{
    private readonly Dictionary<string, long> _next = new(StringComparer.Ordinal);

    public ProducerInfo? Producer { get; private set; }

    public long Session { get; private set; }

    /// <summary>Begins a session. Sequences begin anew, and to handlers it is another producer.</summary>
    public void Begin(long session, ProducerInfo producer)
    {
        (Session, Producer) = (session, producer);
        _next.Clear();
    }

    /// <summary>The sequence that comes next in a stream; null if none has come.</summary>
    public long? NextOf(string eventType) => _next.TryGetValue(eventType, out long next) ? next : null;

    public void Move(string eventType, long next) => _next[eventType] = next;
}
