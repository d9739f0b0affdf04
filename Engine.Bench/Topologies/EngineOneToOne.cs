using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Topologies;

/// <summary>How the engine's producer hands over its events.</summary>
internal enum PublishForm
{
    OneByOne,
    Writer,
    Span,
    Claim,
}

/// <summary>
/// The engine with its default options.
/// <code>producer -> lane -> dispatcher -> batch handler</code>
/// </summary>
internal sealed class EngineOneToOne : IEventTransfer
{
    private readonly EventEngine _engine;
    private readonly EventLane<InstructionRetired> _lane;
    private readonly SummingHandler _handler = new();
    private readonly PublishForm _form;

    public EngineOneToOne(PublishForm form)
    {
        _form = form;
        _engine = new EngineBuilder().AddEvent<InstructionRetired>().Build();
        _engine.SubscribeBatch<InstructionRetired>(_handler);
        _lane = _engine.CreateProducer("bench").GetLane<InstructionRetired>();
        _engine.Start();
    }

    public string Name => _form switch
    {
        PublishForm.OneByOne => "engine, one by one",
        PublishForm.Writer => "engine, one by one with a writer",
        PublishForm.Span => $"engine, spans of {NumberedEvents.SpanLength}",
        _ => $"engine, claims of {NumberedEvents.SpanLength}",
    };

    public long EventCount => 50_000_000;

    public ulong Run(long count)
    {
        _handler.Reset();
        switch (_form)
        {
            case PublishForm.OneByOne:
                NumberedEvents.PublishOneByOne(_lane, count);
                break;
            case PublishForm.Writer:
                NumberedEvents.PublishWriter(_lane, count);
                break;
            case PublishForm.Span:
                NumberedEvents.PublishSpans(_lane, count);
                break;
            default:
                NumberedEvents.PublishClaims(_lane, count);
                break;
        }

        _handler.WaitUntilSeen(count);
        return _handler.Sum;
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
