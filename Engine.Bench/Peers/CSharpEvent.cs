using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>
/// A C# event: the handler runs on the producer's thread, so there is no queue and no second core, and nothing to
/// measure as latency.
/// <code>producer -> handler</code>
/// </summary>
internal sealed class CSharpEvent : Peer
{
    private event EventHandler<InstructionRetired>? Raised;

    public override string Id => "csharp-event";

    public override string Name => "C# event, handler on the producer's thread";

    public override string Documentation => "Handle and raise events (.NET documentation)";

    public override long EventCount => 10_000_000;

    public override bool HasLatency => false;

    protected override Task StartReceiving(EventReceiver receiver, long count)
    {
        Raised = null;
        Raised += (_, e) => receiver.Handle(e);
        return Task.CompletedTask;
    }

    protected override void Send(EventFeed feed)
    {
        while (feed.TryNext(out InstructionRetired e))
            Raised?.Invoke(this, e);
    }
}
