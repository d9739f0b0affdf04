using System.Runtime.CompilerServices;
using Engine.Compatibility;

namespace Engine.Bench.Bus;

/// <summary>
/// The adapter of the older synchronous bus.
/// <code>publisher -> adapter -> bus -> handler of the older kind</code>
/// </summary>
/// <param name="name">The variant's permanent name.</param>
/// <param name="otherCount">Subscriptions to names of which no event is published.</param>
#pragma warning disable ENGINE001 // What is measured is what those get who have not moved on.
internal sealed class OlderApiPublish(string name, int otherCount) : BusTransfer
{
    private readonly Handler _handler = new();
    private readonly Event _event = new();
    private DomainEventBus? _bus;

    public override string Name => name;

    public override long EventCount => 500_000;

    public override bool IsOnOneThread => true;

    public override ulong Run(long count)
    {
        _bus ??= CreateBus();
        PublishAll(_bus, _event, count);
        return _handler.Take();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PublishAll(DomainEventBus bus, Event @event, long count)
    {
        for (long i = 0; i < count; i++)
        {
            @event.Number = i;
            bus.Publish(@event);
        }
    }

    private DomainEventBus CreateBus()
    {
        var bus = new DomainEventBus();
        for (int i = 0; i < otherCount; i++)
            bus.Subscribe($"other.n{i}", new Handler());
        bus.Subscribe("older.event", _handler);
        return bus;
    }

    private sealed class Event : IDomainEvent
    {
        public long Number { get; set; }

        public string EventType => "older.event";

        public DateTimeOffset OccurredAt => DateTimeOffset.UnixEpoch;

        public string? AggregateId => null;
    }

    private sealed class Handler : IDomainEventHandler
    {
        private ulong _sum;

        public int Priority => 0;

        public ulong Take()
        {
            ulong sum = _sum;
            _sum = 0;
            return sum;
        }

        public void Handle(IDomainEvent @event) => _sum += (ulong)((Event)@event).Number;
    }
}
