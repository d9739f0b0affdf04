using Engine.Bench.Support;
using Engine.Events.Vm;
using R3;

namespace Engine.Bench.Bus.Peers;

/// <summary>R3: a <see cref="Subject{T}"/> and an observer that is called at once.</summary>
internal sealed class CysharpR3Publish : PublishPeer
{
    private readonly Subject<InstructionRetired> _subject = new();

    public CysharpR3Publish() => _subject.Subscribe(e => Handler.Add(e));

    public override string Name => "R3, Subject<T>";

    public override void Dispose()
    {
        _subject.Dispose();
        base.Dispose();
    }

    protected override void PublishAll(long count)
    {
        for (long i = 0; i < count; i++)
            _subject.OnNext(Checksum.Event(i));
    }
}

/// <summary>R3: a subject observed on the pool. Its queue has no bound.</summary>
internal sealed class CysharpR3Queue : QueueTransfer
{
    private readonly Subject<InstructionRetired> _subject = new();

    public CysharpR3Queue()
        : base(publisherCount: 1) =>
        _subject.ObserveOnThreadPool().Subscribe(e => Receiver.Handle(e));

    public override string Name => "R3, ObserveOnThreadPool, unbounded";

    public override void Dispose()
    {
        _subject.Dispose();
        base.Dispose();
    }

    protected override void Publish(long first, long end)
    {
        for (long i = first; i < end; i++)
            _subject.OnNext(Checksum.Event(i));
    }
}
