using Engine.Events.Vm;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Hosting;

public sealed partial class EventEngine
{
    /// <summary>
    /// Subscribes to the execution of one virtual CPU, in as much detail as its handlers can follow: instructions, blocks, or counters.
    /// The detail changes where the virtual CPU looks (<see cref="EventProducer.ReachBoundary"/>), between two instructions, so that
    /// each belongs to one range of one detail; every range that ends is published as <c>vm.detail</c>.
    /// </summary>
    /// <param name="options">Of which virtual CPU, for whom, and when it degrades.</param>
    /// <exception cref="ArgumentException">The options break a rule.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>vm.instruction</c>, <c>vm.block</c> or <c>vm.detail</c> is not registered; <see cref="EngineBuilder.AddVmEvents"/> does so.
    /// </exception>
    public ExecutionSubscription SubscribeExecution(ExecutionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Degradation.Check();
        if (options.Until is { } until)
            BoundaryRules.CheckEnd(options.From, until);
        _ = TypeOf<DetailChanged>();
        return new ExecutionSubscription(
            _subscriptions, TypeOf<InstructionRetired>().Registry, TypeOf<BlockExecuted>().Registry, options);
    }

    private void ThrowIfDegrading(IReadOnlyList<EventProducer> producers)
    {
        foreach (EventProducer producer in producers)
        {
            if (_subscriptions.Boundaries.FindUnrepeatable(producer.Info) is { } request)
            {
                throw new InvalidOperationException(
                    $"The detail of the subscription \"{request.Name}\" depends on the pressure of the moment, and would not be the same " +
                    $"again: dispose it before producer \"{producer.Info.Name}\" is set back.");
            }
        }
    }
}
