using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Hosting;

/// <summary>The cuts of one engine: who takes part, and in which order a cut is made and undone.</summary>
internal sealed class EngineCuts(SubscriptionContext subscriptions)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1_000);

    private readonly Lock _lock = new();
    private ICheckpointed[] _subscribers = [];

    public void Add(ICheckpointed subscriber)
    {
        lock (_lock)
            _subscribers = [.. _subscribers, subscriber];
    }

    public void Remove(ICheckpointed subscriber)
    {
        lock (_lock)
            _subscribers = [.. _subscribers.Where(other => other != subscriber)];
    }

    public StreamCutResult Cut(IReadOnlyList<EventProducer> producers, TimeSpan timeout)
    {
        if (Drain(producers, timeout) is string eventType)
            return new StreamCutResult(CutOutcome.NotHandled, null, eventType);
        var checkpoints = new List<(ICheckpointed, object?)>();
        foreach (ICheckpointed subscriber in Volatile.Read(ref _subscribers))
        {
            try
            {
                checkpoints.Add((subscriber, subscriber.SaveCheckpoint()));
            }
            catch (Exception exception)
            {
                return new StreamCutResult(CutOutcome.CheckpointFailed, null, Describe(subscriber, exception));
            }
        }

        var cut = new StreamCut(
            [.. producers.Select(static producer => producer.GetPosition())], checkpoints, subscriptions.Boundaries.SaveTallies());
        return new StreamCutResult(CutOutcome.Done, cut, null);
    }

    /// <summary>
    /// Sets producers and subscribers back; <paramref name="between"/> is what the host sets back, once nothing is on its way.
    /// </summary>
    public StreamCutResult Rewind(
        IReadOnlyList<EventProducer> producers, StreamCut cut, TimeSpan timeout, Action? between, RewindSequences sequences)
    {
        if (Drain(producers, timeout) is string eventType)
            return new StreamCutResult(CutOutcome.NotHandled, cut, eventType);
        between?.Invoke();
        foreach (EventProducer producer in producers)
        {
            if (cut.Positions.FirstOrDefault(position => position.Producer == producer.Info) is { } position)
                producer.SetBack(position, repeats: sequences == RewindSequences.Repeat);
        }

        subscriptions.Boundaries.RestoreTallies(cut.Tallies);
        string? failure = null;
        foreach (ICheckpointed subscriber in Volatile.Read(ref _subscribers))
        {
            try
            {
                subscriber.RestoreCheckpoint(cut.Checkpoints.FirstOrDefault(pair => pair.Subscriber == subscriber).Checkpoint);
            }
            catch (Exception exception)
            {
                failure ??= Describe(subscriber, exception);
            }
        }

        return new StreamCutResult(failure is null ? CutOutcome.Done : CutOutcome.CheckpointFailed, cut, failure);
    }

    private static string? Drain(IReadOnlyList<EventProducer> producers, TimeSpan timeout)
    {
        long end = MonotonicClock.Now + MonotonicClock.FromTimeSpan(timeout < LongestWait ? timeout : LongestWait);
        foreach (EventProducer producer in producers)
        {
            long left = Math.Max(0, end - MonotonicClock.Now);
            if (producer.Drain(MonotonicClock.ToTimeSpan(left)) is string eventType)
                return eventType;
        }

        return null;
    }

    private static string Describe(ICheckpointed subscriber, Exception exception)
    {
        try
        {
            return $"{subscriber.CheckpointName}: {ForeignText.MessageOf(exception)}";
        }
        catch (Exception)
        {
            return ForeignText.MessageOf(exception);
        }
    }
}
