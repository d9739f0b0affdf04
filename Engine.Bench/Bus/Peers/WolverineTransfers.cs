using Engine.Bench.Support;

namespace Engine.Bench.Bus.Peers;

/// <summary>Wolverine as a mediator: the handler is called within <c>InvokeAsync</c>.</summary>
/// <param name="host">The host, not disposed of.</param>
internal sealed class WolverineInvoke(WolverineHost host) : BusTransfer
{
    public override string Name => "Wolverine, InvokeAsync";

    public override long EventCount => 20_000;

    public override bool IsOnOneThread => true;

    public override ulong Run(long count)
    {
        EventReceiver receiver = host.Sink.Receiver = new EventReceiver(null);
        for (long i = 0; i < count; i++)
            host.Bus.InvokeAsync(new NumberPublished(Checksum.Event(i))).GetAwaiter().GetResult();
        return receiver.Sum;
    }
}

/// <summary>Wolverine's local queue: buffered in memory, one message at a time. Its queue has no bound that publishers wait for.</summary>
/// <param name="host">The host, not disposed of.</param>
internal sealed class WolverineQueue(WolverineHost host) : QueueTransfer(publisherCount: 1)
{
    public override string Name => "Wolverine, local queue, buffered";

    public override long EventCount => 20_000;

    protected override void Begin() => host.Sink.Receiver = Receiver;

    protected override void Publish(long first, long end)
    {
        for (long i = first; i < end; i++)
            host.Bus.PublishAsync(new NumberPublished(Checksum.Event(i))).AsTask().GetAwaiter().GetResult();
    }
}
