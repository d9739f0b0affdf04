namespace Engine.Bench.Bus.Peers;

/// <summary>
/// Another way to publish to one handler, which the publisher's thread calls, set up as its documentation advises.
/// <code>publisher -> peer -> handler</code>
/// </summary>
internal abstract class PublishPeer : BusTransfer
{
    public override long EventCount => 500_000;

    public override bool IsOnOneThread => true;

    protected AddingHandler Handler { get; } = new();

    public override ulong Run(long count)
    {
        PublishAll(count);
        return Handler.Take();
    }

    protected abstract void PublishAll(long count);
}
