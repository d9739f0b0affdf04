using System.Reactive.Concurrency;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Bus.Peers;

/// <summary>System.Reactive: a <see cref="Subject{T}"/> and an observer that is called at once.</summary>
internal sealed class SystemReactivePublish : PublishPeer
{
    private readonly Subject<InstructionRetired> _subject = new();

    public SystemReactivePublish() => _subject.Subscribe(e => Handler.Add(e));

    public override string Name => "System.Reactive, Subject<T>";

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

/// <summary>
/// System.Reactive: a subject observed on the pool. Its queue has no bound. One publisher only: OnNext must not be called
/// concurrently.
/// </summary>
internal sealed class SystemReactiveQueue : QueueTransfer
{
    private readonly Subject<InstructionRetired> _subject = new();

    public SystemReactiveQueue()
        : base(publisherCount: 1) =>
        _subject.ObserveOn(TaskPoolScheduler.Default).Subscribe(e => Receiver.Handle(e));

    public override string Name => "System.Reactive, ObserveOn the task pool, unbounded";

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
