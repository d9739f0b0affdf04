using System.Collections.Frozen;
using Engine.Events;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Order;

/// <summary>An event type of a merging subscription.</summary>
internal abstract class MergeSource
{
    /// <summary>Binds it to an engine's subscriptions and to the subscription.</summary>
    public abstract MergeIntake Bind(IRegistries registries, MergedSubscription owner);
}

/// <summary>A known event type of a merging subscription.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class MergeSource<T>(Action<ReadOnlySpan<MergedEvent<T>>, long> handler, Func<T, long>? duration) : MergeSource
    where T : unmanaged, IEvent<T>
{
    public override MergeIntake Bind(IRegistries registries, MergedSubscription owner) =>
        new MergeIntake<T>(registries.RegistryOf<T>(), owner, handler, duration);
}

/// <summary>Where the subscriptions of an event type are.</summary>
internal interface IRegistries
{
    /// <summary>Those of an event type.</summary>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    SubscriptionRegistry<T> RegistryOf<T>()
        where T : unmanaged, IEvent<T>;
}

/// <summary>Takes the events of one type from their publishers into a merge.</summary>
internal abstract class MergeIntake
{
    public abstract EventDescriptor EventType { get; }

    public abstract MergeOutput Output { get; }

    public abstract Subscription Subscription { get; }

    /// <summary>Makes the input of a producer; before it begins.</summary>
    public abstract MergeInput CreateInput(EventMerge merge, int index, int producerIndex, ProducerState producer, int capacity);

    /// <summary>Begins to take events.</summary>
    public abstract void Begin(string? name);
}

/// <summary>Takes the events of a known type.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class MergeIntake<T> : MergeIntake
    where T : unmanaged, IEvent<T>
{
    private readonly SubscriptionRegistry<T> _registry;
    private readonly MergedSubscription _owner;
    private readonly Func<T, long>? _duration;
    private readonly MergeOutput<T> _output;
    private readonly Dictionary<int, MergeInput<T>> _inputs = [];
    private FrozenDictionary<int, MergeInput<T>> _inputByProducer = FrozenDictionary<int, MergeInput<T>>.Empty;
    private Subscription? _subscription;

    public MergeIntake(
        SubscriptionRegistry<T> registry, MergedSubscription owner, Action<ReadOnlySpan<MergedEvent<T>>, long> handler,
        Func<T, long>? duration)
    {
        _registry = registry;
        _owner = owner;
        _duration = duration;
        _output = new MergeOutput<T>(handler, Report);
    }

    public override EventDescriptor EventType => _registry.Descriptor;

    public override MergeOutput Output => _output;

    public override Subscription Subscription => _subscription!;

    public override MergeInput CreateInput(EventMerge merge, int index, int producerIndex, ProducerState producer, int capacity)
    {
        var input = new MergeInput<T>(merge, index, producerIndex, producer, capacity, _output, _duration);
        _inputs.Add(producer.Info.Id, input);
        return input;
    }

    public override void Begin(string? name)
    {
        _inputByProducer = _inputs.ToFrozenDictionary();
        _subscription = _registry.AddBatchHandler(
            new Handler(this), new SubscriptionOptions<T> { Name = name, Delivery = Delivery.Inline, TakesRuns = true });
    }

    private void Report(MergedEvent<T> first, MergedEvent<T> last, Exception exception) => _registry.ReportError(new HandlerError(
        Subscription.Id, _owner.Name, EventType, _owner.Producers[first.Producer].Info, first.Sequence, last.Sequence, exception));

    /// <summary>What producers call.</summary>
    private readonly struct Handler(MergeIntake<T> owner) : IBatchHandler<T>
    {
        public void Handle(ReadOnlySpan<T> events, in Envelope envelope)
        {
            if (owner._inputByProducer.TryGetValue(envelope.Producer.Id, out MergeInput<T>? input))
                input.Offer(events, envelope);
        }
    }
}
