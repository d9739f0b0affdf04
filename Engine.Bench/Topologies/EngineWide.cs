using System.Runtime.CompilerServices;
using Engine.Bench.Support;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Topologies;

/// <summary>
/// 64-byte events through the engine with its default options.
/// <code>producer -> lane -> dispatcher -> batch handler</code>
/// </summary>
internal sealed class EngineWide : IEventTransfer
{
    private const int Length = NumberedEvents.SpanLength;

    private readonly EventEngine _engine;
    private readonly EventLane<WideEvent> _lane;
    private readonly WideSum _handler = new();
    private readonly PublishForm _form;

    public EngineWide(PublishForm form)
    {
        _form = form;
        _engine = new EngineBuilder().AddEvent<WideEvent>().Build();
        _engine.SubscribeBatch<WideEvent>(_handler);
        _lane = _engine.CreateProducer("bench").GetLane<WideEvent>();
        _engine.Start();
    }

    public string Name => _form switch
    {
        PublishForm.OneByOne => "engine, one by one",
        PublishForm.Writer => "engine, one by one with a writer",
        PublishForm.Span => $"engine, spans of {Length}",
        _ => $"engine, claims of {Length}",
    };

    public long EventCount => 20_000_000;

    public ulong Run(long count)
    {
        _handler.Reset();
        switch (_form)
        {
            case PublishForm.OneByOne:
                PublishOneByOne(_lane, count);
                break;
            case PublishForm.Writer:
                PublishWriter(_lane, count);
                break;
            case PublishForm.Span:
                PublishSpans(_lane, count);
                break;
            default:
                PublishClaims(_lane, count);
                break;
        }

        _handler.WaitUntilSeen(count);
        return _handler.Sum;
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishOneByOne(EventLane<WideEvent> lane, long count)
    {
        for (long i = 0; i < count; i++)
            lane.Publish(WideEvent.Of(i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishWriter(EventLane<WideEvent> lane, long count)
    {
        LaneWriter<WideEvent> writer = lane.OpenWriter();
        for (long i = 0; i < count; i++)
            writer.Publish(WideEvent.Of(i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishSpans(EventLane<WideEvent> lane, long count)
    {
        Span<WideEvent> events = stackalloc WideEvent[Length];
        for (long i = 0; i < count; i += Length)
        {
            Span<WideEvent> span = events[..(int)Math.Min(Length, count - i)];
            for (int k = 0; k < span.Length; k++)
                span[k] = WideEvent.Of(i + k);
            lane.PublishBatch(span);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishClaims(EventLane<WideEvent> lane, long count)
    {
        for (long i = 0; i < count;)
        {
            LaneClaim<WideEvent> claim = lane.Claim((int)Math.Min(Length, count - i));
            Span<WideEvent> slots = claim.Events;
            for (int k = 0; k < slots.Length; k++)
                slots[k] = WideEvent.Of(i + k);
            claim.Publish();
            i += slots.Length;
        }
    }
}
