using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// Dispatching what lies in a ring; publishing is not measured.
/// <code>this thread -> [ lane -> this thread dispatches -> handlers ]</code>
/// </summary>
internal abstract class DispatchBenchmark : OneLaneBenchmark
{
    private readonly InstructionRetired[] _events;

    protected DispatchBenchmark(int maxBatch, int handlerCount)
        : base(maxBatch)
    {
        Handlers = [.. Enumerable.Range(0, handlerCount).Select(static _ => new EventCounter())];
        _events = CreateNumbered(SeededSlowdown.OperationsToExecute(EventsPerSegment));
    }

    protected EventCounter[] Handlers { get; }

    protected override void Prepare(int operations)
    {
        foreach (EventCounter handler in Handlers)
            handler.Reset();
        PublishNumbered(_events, operations);
    }

    protected override void Execute(int operations) => DispatchAll();
}

/// <summary>To batch handlers. Batches are small, so that the cost of a batch and not that of its events is what counts.</summary>
internal sealed class DispatchToBatchHandlers : DispatchBenchmark
{
    private const int BatchLength = 16;

    public DispatchToBatchHandlers(int handlerCount)
        : base(BatchLength, handlerCount)
    {
        foreach (EventCounter handler in Handlers)
            Engine.SubscribeBatch(handler);
    }

    protected override void Verify(int operations)
    {
        foreach (EventCounter handler in Handlers)
            Check("the number of handled events", handler.Events, (ulong)operations);
    }
}

/// <summary>To a handler of single events.</summary>
internal sealed class DispatchToEventHandler : DispatchBenchmark
{
    private const int BatchLength = 1_024;

    public DispatchToEventHandler()
        : base(BatchLength, handlerCount: 1) => Engine.Subscribe(Handlers[0]);

    protected override void Verify(int operations)
    {
        Check("the number of handled events", Handlers[0].Events, (ulong)operations);
        Check("the sum of their numbers", Handlers[0].NumberSum, Checksum.Expected(operations));
    }
}

/// <summary>To a handler of single events behind filters that are asked for each event.</summary>
internal sealed class DispatchThroughFilters : DispatchBenchmark
{
    private const int BatchLength = 1_024;

    public DispatchThroughFilters()
        : base(BatchLength, handlerCount: 1)
    {
        EventFilter<InstructionRetired> filter = EventFilter.FromProducer<InstructionRetired>(Producer.Info.Id)
            .And(EventFilter.Where(static (in InstructionRetired e) => (e.Pc & 1) == 0))
            .And(EventFilter.Where(static (in InstructionRetired e) => (e.Opcode & 2) == 0).Not()
                .Or(EventFilter.Where(static (in InstructionRetired e) => (e.Pc & 4) == 0)));
        Engine.Subscribe(Handlers[0], new SubscriptionOptions<InstructionRetired> { Filter = filter });
    }

    protected override void Verify(int operations)
    {
        ulong expected = 0;
        for (uint number = 0; number < operations; number++)
        {
            if ((number & 1) == 0 && ((number & 2) != 0 || (number & 4) == 0))
                expected++;
        }

        Check("the number of events that pass", Handlers[0].Events, expected);
    }
}
