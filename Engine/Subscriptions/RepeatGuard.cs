using System.Collections.Concurrent;
using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Subscriptions;

/// <summary>
/// Lets an event pass once: not again when its producer has been set back and publishes it again, with the same sequence. A lane is
/// dispatched by one thread at a time, so what is kept of a producer has one writer.
/// </summary>
internal sealed class RepeatGuard<T>(EventFilter<T>? inner) : BatchTrimmer<T>(inner)
    where T : unmanaged, IEvent<T>
{
    private readonly ConcurrentDictionary<int, Progress> _producers = new();

    public override bool TryTrim(ref ReadOnlySpan<T> events, ref Envelope envelope)
    {
        Progress progress = _producers.GetOrAdd(envelope.Producer.Id, static _ => new Progress());
        long end = envelope.Sequence + events.Length;
        long repeated = Math.Max(0, progress.Next - envelope.Sequence);
        if (repeated >= events.Length)
            return false;
        progress.Next = end;
        events = events[(int)repeated..];
        envelope = envelope.AtSequence(envelope.Sequence + repeated);
        return true;
    }

    private sealed class Progress
    {
        public long Next = long.MinValue;
    }
}
