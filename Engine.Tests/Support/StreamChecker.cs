using System.Collections.Concurrent;
using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Tests.Support;

/// <summary>
/// A subscriber that checks everything a lane promises: events whole and in order, sequences and losses without hole or
/// overlap, and never two threads at once. It collects what is wrong, because what a handler throws is isolated.
/// </summary>
public sealed class StreamChecker
{
    private readonly ConcurrentDictionary<int, LaneState> _lanes = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private long _events;
    private long _lost;

    public long Events => Interlocked.Read(ref _events);

    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Options with the checker's loss callback.</summary>
    public SubscriptionOptions<Wide> Options => new() { OnLost = OnLost };

    public void OnBatch(ReadOnlySpan<Wide> events, in Envelope envelope)
    {
        LaneState lane = Enter(envelope.Producer);
        if (envelope.Sequence != lane.NextSequence)
            Fault($"{envelope.Producer.Name}: sequence {envelope.Sequence} instead of {lane.NextSequence}");
        foreach (ref readonly Wide wide in events)
            Check(lane, wide);
        lane.NextSequence = envelope.Sequence + events.Length;
        Interlocked.Add(ref _events, events.Length);
        Leave(lane);
    }

    public void OnEvent(in Wide wide, in Envelope envelope) => OnBatch(new ReadOnlySpan<Wide>(in wide), envelope);

    public void AssertClean() => Assert.That(_faults, Is.Empty);

    private void OnLost(in LossNotice notice)
    {
        LaneState lane = Enter(notice.Producer);
        if (notice.FirstSequence != lane.NextSequence || notice.Count < 1)
            Fault($"{notice.Producer.Name}: lost {notice.FirstSequence}-{notice.LastSequence} at {lane.NextSequence}");
        lane.NextSequence = notice.LastSequence + 1;
        Interlocked.Add(ref _lost, notice.Count);
        Leave(lane);
    }

    private LaneState Enter(ProducerInfo producer)
    {
        LaneState lane = _lanes.GetOrAdd(producer.Id, static _ => new LaneState());
        if (Interlocked.Exchange(ref lane.IsInUse, 1) != 0)
            Fault($"{producer.Name}: two threads in one lane");
        return lane;
    }

    private static void Leave(LaneState lane) => Volatile.Write(ref lane.IsInUse, 0);

    private void Check(LaneState lane, in Wide wide)
    {
        if (!wide.IsIntact)
            Fault($"torn event of source {wide.Source}, value {wide.Value}");
        long last = lane.LastValues.GetValueOrDefault(wide.Source, -1);
        if (wide.Value <= last)
            Fault($"source {wide.Source}: {wide.Value} after {last}");
        lane.LastValues[wide.Source] = wide.Value;
    }

    private void Fault(string what)
    {
        if (_faults.Count < 10)
            _faults.Enqueue(what);
    }

    private sealed class LaneState
    {
        public readonly Dictionary<int, long> LastValues = [];
        public long NextSequence;
        public int IsInUse;
    }
}
