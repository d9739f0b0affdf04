using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Publish;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// Publishing to one batch handler; dispatching is not measured. After each segment the handler must have seen every
/// event.
/// <code>[ this thread -> lane ] -> this thread dispatches</code>
/// </summary>
internal abstract class PublishBenchmark : OneLaneBenchmark
{
    private const int DrainBatch = 16_384;
    private readonly EventCounter _handler = new();

    protected PublishBenchmark()
        : base(DrainBatch) => Engine.SubscribeBatch(_handler);

    protected override void Verify(int operations)
    {
        _handler.Reset();
        DispatchAll();
        Check("the number of handled events", _handler.Events, (ulong)operations);
    }
}

/// <summary>Event by event.</summary>
internal sealed class PublishSubscribed : PublishBenchmark
{
    protected override void Execute(int operations)
    {
        EventLane<InstructionRetired> lane = Lane;
        for (int i = 0; i < operations; i++)
            lane.Publish(Checksum.Event(i));
    }
}

/// <summary>In spans that the caller has filled. They are short: long ones measure how fast memory is copied.</summary>
internal sealed class PublishSpan : PublishBenchmark
{
    private const int SpanLength = 8;
    private readonly InstructionRetired[] _events = CreateNumbered(SpanLength);

    protected override void Execute(int operations)
    {
        EventLane<InstructionRetired> lane = Lane;
        for (int i = 0; i < operations; i += SpanLength)
            lane.PublishBatch(_events.AsSpan(0, Math.Min(SpanLength, operations - i)));
    }
}

/// <summary>In claims that are filled in place.</summary>
internal sealed class PublishClaim : PublishBenchmark
{
    private const int ClaimLength = 64;

    protected override void Execute(int operations)
    {
        EventLane<InstructionRetired> lane = Lane;
        for (int i = 0; i < operations;)
        {
            LaneClaim<InstructionRetired> claim = lane.Claim(Math.Min(ClaimLength, operations - i));
            Span<InstructionRetired> slots = claim.Events;
            for (int k = 0; k < slots.Length; k++)
                slots[k] = Checksum.Event(i + k);
            claim.Publish();
            i += slots.Length;
        }
    }
}

/// <summary>Event by event into the lane that threads without a producer share.</summary>
internal sealed class PublishShared : PublishBenchmark
{
    private readonly SharedEventLane<InstructionRetired> _shared;

    public PublishShared() => _shared = Engine.GetSharedLane<InstructionRetired>();

    protected override void Execute(int operations)
    {
        SharedEventLane<InstructionRetired> lane = _shared;
        for (int i = 0; i < operations; i++)
            lane.Publish(Checksum.Event(i));
    }
}

/// <summary>
/// Event by event with nobody subscribed.
/// <code>[ this thread -> lane ]</code>
/// </summary>
internal sealed class PublishUnsubscribed : OneLaneBenchmark
{
    private const int EventCount = 400_000;
    private long _notSubscribed;

    public PublishUnsubscribed()
        : base(maxBatch: 1)
    {
    }

    public override int OperationsPerSegment => EventCount;

    protected override void Execute(int operations)
    {
        EventLane<InstructionRetired> lane = Lane;
        long count = 0;
        for (int i = 0; i < operations; i++)
        {
            if (lane.Publish(Checksum.Event(i)) == PublishOutcome.NotSubscribed)
                count++;
        }

        _notSubscribed = count;
    }

    protected override void Verify(int operations) =>
        Check("the number of events nobody subscribed to", (ulong)_notSubscribed, (ulong)operations);
}
