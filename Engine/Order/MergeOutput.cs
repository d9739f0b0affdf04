using Engine.Events;

namespace Engine.Order;

/// <summary>Events of one type that lie in a row in the one order, gathered for their handler. The merging thread's.</summary>
internal abstract class MergeOutput
{
    /// <summary>Most events of a call.</summary>
    public const int BatchSize = 1024;

    /// <summary>How many are gathered.</summary>
    public int Count { get; private protected set; }

    /// <summary>Events handed to the handler.</summary>
    public abstract long Delivered { get; }

    /// <summary>Times the handler threw.</summary>
    public abstract long Errors { get; }

    /// <summary>Gathers events that are due, as long as they are of this type.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="places">How far each is.</param>
    /// <param name="tree">What comes next.</param>
    /// <param name="first">The input to begin with, which has one.</param>
    public abstract void Gather(MergeInput[] inputs, MergePlace[] places, MergeTree tree, int first);

    /// <summary>Hands what is gathered to the handler. Never throws.</summary>
    public abstract void Deliver(long watermark);
}

/// <summary>The events of a known type.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="handler">The handler.</param>
/// <param name="report">Is told of what the handler threw, and at which events.</param>
internal sealed class MergeOutput<T>(
    Action<ReadOnlySpan<MergedEvent<T>>, long> handler, Action<MergedEvent<T>, MergedEvent<T>, Exception> report) : MergeOutput
    where T : unmanaged, IEvent<T>
{
    private readonly MergedEvent<T>[] _batch = new MergedEvent<T>[BatchSize];
    private long _delivered;
    private long _errors;

    public override long Delivered => Volatile.Read(ref _delivered);

    public override long Errors => Volatile.Read(ref _errors);

    public override void Gather(MergeInput[] inputs, MergePlace[] places, MergeTree tree, int first)
    {
        MergedEvent<T>[] batch = _batch;
        int count = 0;
        do
        {
            ref MergePlace place = ref places[first];
            if (place.Head == place.End || inputs[first].Output != this)
                break;
            count = ((MergeInput<T>)inputs[first]).Take(batch, count, ref place, tree);
            first = tree.First;
        }
        while (count < batch.Length);
        Count = count;
    }

    public override void Deliver(long watermark)
    {
        ReadOnlySpan<MergedEvent<T>> events = _batch.AsSpan(0, Count);
        Count = 0;
        Volatile.Write(ref _delivered, _delivered + events.Length);
        try
        {
            handler(events, watermark);
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _errors, _errors + 1);
            report(events[0], events[^1], exception);
        }
    }
}
