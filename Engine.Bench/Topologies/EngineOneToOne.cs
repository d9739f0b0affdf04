using System.Runtime.CompilerServices;
using Engine.Bench.Support;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bench.Topologies;

/// <summary>How the engine's producer hands over its events.</summary>
internal enum PublishForm
{
    OneByOne,
    Span,
    Claim,
}

/// <summary>
/// The engine with its default options.
/// <code>producer -> lane -> dispatcher -> batch handler</code>
/// </summary>
internal sealed class EngineOneToOne : IEventTransfer, IBatchHandler<InstructionRetired>
{
    private const int SpanLength = 64;

    private readonly EventEngine _engine;
    private readonly EventProducer _producer;
    private readonly EventLane<InstructionRetired> _lane;
    private readonly PublishForm _form;
    private ulong _sum;
    private long _seen;

    public EngineOneToOne(PublishForm form)
    {
        _form = form;
        _engine = new EngineBuilder().AddEvent<InstructionRetired>().Build();
        _engine.SubscribeBatch(this);
        _producer = _engine.CreateProducer("bench");
        _lane = _producer.GetLane<InstructionRetired>();
        _engine.Start();
    }

    public string Name => _form switch
    {
        PublishForm.OneByOne => "engine, one by one",
        PublishForm.Span => $"engine, spans of {SpanLength}",
        _ => $"engine, claims of {SpanLength}",
    };

    public long EventCount => 50_000_000;

    public ulong Run(long count)
    {
        (_sum, _seen) = (0, 0);
        switch (_form)
        {
            case PublishForm.OneByOne:
                PublishOneByOne(_lane, count);
                break;
            case PublishForm.Span:
                PublishSpans(_lane, count);
                break;
            default:
                PublishClaims(_lane, count);
                break;
        }

        while (Volatile.Read(ref _seen) < count)
            Thread.Yield();
        return _sum;
    }

    void IBatchHandler<InstructionRetired>.Handle(ReadOnlySpan<InstructionRetired> events, in Envelope envelope)
    {
        _sum += Checksum.Of(events);
        Volatile.Write(ref _seen, _seen + events.Length);
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishOneByOne(EventLane<InstructionRetired> lane, long count)
    {
        for (long i = 0; i < count; i++)
            lane.Publish(Checksum.Event(i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishSpans(EventLane<InstructionRetired> lane, long count)
    {
        Span<InstructionRetired> events = stackalloc InstructionRetired[SpanLength];
        for (long i = 0; i < count; i += SpanLength)
        {
            Span<InstructionRetired> span = events[..(int)Math.Min(SpanLength, count - i)];
            for (int k = 0; k < span.Length; k++)
                span[k] = Checksum.Event(i + k);
            lane.PublishBatch(span);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishClaims(EventLane<InstructionRetired> lane, long count)
    {
        for (long i = 0; i < count;)
        {
            LaneClaim<InstructionRetired> claim = lane.Claim((int)Math.Min(SpanLength, count - i));
            Span<InstructionRetired> slots = claim.Events;
            for (int k = 0; k < slots.Length; k++)
                slots[k] = Checksum.Event(i + k);
            claim.Publish();
            i += slots.Length;
        }
    }
}
