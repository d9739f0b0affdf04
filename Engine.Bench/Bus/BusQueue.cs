using Engine.Bench.Support;
using Engine.Bus;
using Engine.Events.Vm;
using Engine.Primitives;

namespace Engine.Bench.Bus;

/// <summary>
/// A bus that puts the events into the queue of one subscription, whose handler runs on the pool.
/// <code>publishers -> bus -> queue -> dispatcher on the pool -> handler</code>
/// </summary>
internal sealed class BusQueue : QueueTransfer
{
    private readonly QueueForm _form;
    private readonly EventBus _bus = new();

    public BusQueue(QueueForm form, int publisherCount)
        : base(publisherCount)
    {
        _form = form;
        Subscribe();
        _bus.Start();
    }

    public override string Name => _form switch
    {
        QueueForm.Async => "bus, async mode",
        QueueForm.AsyncHandler => "bus, async mode, asynchronous handler",
        QueueForm.Batch => "bus, batch mode",
        _ => "bus, batch mode, handler of batches",
    };

    public override void Dispose()
    {
        _bus.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose();
    }

    protected override void Publish(long first, long end)
    {
        for (long i = first; i < end; i++)
            _bus.Publish(Checksum.Event(i));
    }

    private void Subscribe()
    {
        var options = new BusSubscriptionOptions<InstructionRetired>
        {
            Mode = _form is QueueForm.Async or QueueForm.AsyncHandler ? ProcessingMode.Async : ProcessingMode.Batch,
            QueueCapacity = Capacity,
            OverflowPolicy = OverflowPolicy.Wait,
        };
        switch (_form)
        {
            case QueueForm.AsyncHandler:
                _bus.Subscribe<InstructionRetired>((e, _, _) =>
                {
                    Receiver.Handle(e);
                    return ValueTask.CompletedTask;
                }, options);
                break;
            case QueueForm.BatchHandler:
                _bus.SubscribeBatch<InstructionRetired>((batch, _) =>
                {
                    foreach (ref readonly InstructionRetired e in batch.Events.Span)
                        Receiver.Handle(e);
                    return ValueTask.CompletedTask;
                }, options);
                break;
            default:
                _bus.Subscribe<InstructionRetired>((in InstructionRetired e, EventContext _) => Receiver.Handle(e), options);
                break;
        }
    }
}
