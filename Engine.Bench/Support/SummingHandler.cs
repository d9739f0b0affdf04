using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Bench.Support;

/// <summary>Sums the numbers of events up, event by event or batch by batch.</summary>
internal sealed class SummingHandler : IBatchHandler<InstructionRetired>, IEventHandler<InstructionRetired>
{
    private ulong _sum;
    private long _seen;

    /// <summary>The sum; to be read after the last event has been waited for.</summary>
    public ulong Sum => _sum;

    /// <summary>Events handled; other threads may read it.</summary>
    public long Seen => Volatile.Read(ref _seen);

    /// <summary>Begins anew. No events may be under way.</summary>
    public void Reset() => (_sum, _seen) = (0, 0);

    /// <summary>Lets the calling thread wait until as many events have been handled.</summary>
    public void WaitUntilSeen(long count)
    {
        while (Seen < count)
            Thread.Yield();
    }

    public void Handle(ReadOnlySpan<InstructionRetired> events, in Envelope envelope)
    {
        _sum += Checksum.Of(events);
        Volatile.Write(ref _seen, _seen + events.Length);
    }

    public void Handle(in InstructionRetired e, in Envelope envelope)
    {
        _sum += e.Pc;
        Volatile.Write(ref _seen, _seen + 1);
    }
}
