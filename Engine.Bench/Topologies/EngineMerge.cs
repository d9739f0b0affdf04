using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Order;
using Engine.Publish;

namespace Engine.Bench.Topologies;

/// <summary>
/// Producers of one thread, in turn, merged into one order.
/// <code>
/// producer 1 -> input 1 \
/// ...                    merging thread -> handler
/// producer n -> input n /
/// </code>
/// </summary>
internal sealed class EngineMerge : IEventTransfer
{
    private const int TurnLength = 1024;

    private readonly EventEngine _engine;
    private readonly EventProducer[] _producers;
    private readonly EventLane<InstructionRetired>[] _lanes;
    private readonly int _spanLength;
    private readonly long _durationOfEvent;
    private readonly InstructionRetired[] _events = new InstructionRetired[TurnLength];
    private ulong _sum;
    private long _seen;
    private long _time;

    /// <param name="producerCount">Producers.</param>
    /// <param name="spanLength">Events that are published at once.</param>
    /// <param name="interleaves">Whether each event has a time of its own, so that events of producers alternate.</param>
    public EngineMerge(int producerCount, int spanLength, bool interleaves)
    {
        _spanLength = spanLength;
        _durationOfEvent = interleaves ? 1 : 0;
        _engine = new EngineBuilder().AddEvent<InstructionRetired>().Build();
        _producers = [.. Enumerable.Range(0, producerCount).Select(_ => _engine.CreateProducer())];
        _lanes = [.. _producers.Select(static producer => producer.GetLane<InstructionRetired>())];
        _engine.SubscribeMerged<InstructionRetired>(
            Handle,
            new MergeOptions<InstructionRetired>
            {
                Producers = _producers,
                Duration = interleaves ? static _ => 1 : null,
            });
        Name = $"{producerCount} producers, spans of {spanLength}, {(interleaves ? "event by event" : "span by span")}";
    }

    public string Name { get; }

    public long EventCount => 24_000_000;

    public ulong ExpectedSum(long count) => (ulong)_lanes.Length * Checksum.Expected(Each(count));

    public ulong Run(long count)
    {
        long each = Each(count);
        _sum = 0;
        Volatile.Write(ref _seen, 0);
        for (long first = 0; first < each; first += TurnLength)
            Turn(first, (int)Math.Min(TurnLength, each - first));
        while (Volatile.Read(ref _seen) < each * _lanes.Length)
            Thread.SpinWait(20);
        return _sum;
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private long Each(long count) => count / _lanes.Length;

    private void Turn(long first, int length)
    {
        for (int i = 0; i < length; i++)
            _events[i] = Checksum.Event(first + i);
        for (int index = 0; index < _lanes.Length; index++)
        {
            for (int start = 0; start < length; start += _spanLength)
            {
                int count = Math.Min(_spanLength, length - start);
                // Nothing of a turn happens at its end, which is the promise.
                _producers[index].VirtualTime = _time + start + count - 1 + _durationOfEvent;
                _lanes[index].PublishBatch(_events.AsSpan(start, count));
            }

            _producers[index].ReportProgress(_time + length);
        }

        _time += length;
    }

    private void Handle(ReadOnlySpan<MergedEvent<InstructionRetired>> events, long watermark)
    {
        ulong sum = _sum;
        foreach (ref readonly MergedEvent<InstructionRetired> item in events)
            sum += item.Event.Pc;
        _sum = sum;
        Volatile.Write(ref _seen, _seen + events.Length);
    }
}
