using Engine.Compatibility;

namespace Engine.Bench.Gate.Benchmarks;

#pragma warning disable ENGINE001 // The older API is what is measured.

/// <summary>
/// Publishing an event of the old kind through the older API to one handler.
/// <code>[ this thread -> adapter -> bus -> adapter -> handler ]</code>
/// </summary>
internal sealed class OlderBusPublish : BusBenchmark
{
    private const int EventCount = 4_000;

    private readonly DomainEventBus _adapter;
    private readonly CountingHandler _handler = new();
    private readonly OldEvent _event = new();

    public OlderBusPublish()
        : base(handlerCount: 0)
    {
        _adapter = new DomainEventBus(Bus);
        _adapter.Subscribe(_event.EventType, _handler);
    }

    public override int OperationsPerSegment => EventCount;

    protected override void Prepare(int operations) => _handler.Events = 0;

    protected override void Execute(int operations)
    {
        DomainEventBus adapter = _adapter;
        OldEvent @event = _event;
        for (int i = 0; i < operations; i++)
            adapter.Publish(@event);
    }

    protected override void Verify(int operations) =>
        Check("the number of handled events", _handler.Events, (ulong)operations);

    private sealed class OldEvent : IDomainEvent
    {
        public string EventType => "gate.happened";

        public DateTimeOffset OccurredAt { get; } = DateTimeOffset.UnixEpoch;

        public string? AggregateId => null;
    }

    private sealed class CountingHandler : IDomainEventHandler
    {
        public ulong Events { get; set; }

        public void Handle(IDomainEvent @event) => Events++;
    }
}
