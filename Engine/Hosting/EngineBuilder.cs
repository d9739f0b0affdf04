using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Hosting;

/// <summary>Collects options and event types, and builds engines. Not thread-safe.</summary>
public sealed class EngineBuilder
{
    private readonly Dictionary<Type, (EventDescriptor Descriptor, Func<SubscriptionContext, EventTypeRuntime> Create)> _eventTypes = [];

    /// <summary>Options of the engine.</summary>
    public EngineOptions Options { get; } = new();

    /// <summary>Changes options.</summary>
    /// <param name="configure">The change.</param>
    public EngineBuilder Configure(Action<EngineOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(Options);
        return this;
    }

    /// <summary>
    /// Registers an event type, the host's own or a built-in one. Registering a type again replaces its descriptor.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="configure">
    /// Changes the type's own descriptor for this engine, for example its capacity: <c>d => d with { Capacity = 1024 }</c>.
    /// </param>
    /// <exception cref="ArgumentException">Another type has the same name, or a value breaks its rule.</exception>
    public EngineBuilder AddEvent<T>(Func<EventDescriptor, EventDescriptor>? configure = null)
        where T : unmanaged, IEvent<T>
    {
        EventDescriptor descriptor = EventDescriptor.Of<T>();
        descriptor = configure?.Invoke(descriptor) ?? descriptor;
        foreach ((Type type, (EventDescriptor other, _)) in _eventTypes)
        {
            if (other.Name == descriptor.Name && type != typeof(T))
            {
                throw new ArgumentException(
                    $"Event names must be unique within an engine: {typeof(T)} and {type} are both named \"{descriptor.Name}\".",
                    nameof(T));
            }
        }

        _eventTypes[typeof(T)] = (descriptor, context => new EventTypeRuntime<T>(descriptor, context));
        return this;
    }

    /// <summary>Registers all built-in event types of a virtual machine that are not registered yet.</summary>
    public EngineBuilder AddVmEvents()
    {
        VmEvents.Visit(new MissingEvents(this));
        return this;
    }

    /// <summary>Builds an engine. It does not run before <see cref="EventEngine.Start"/>.</summary>
    /// <exception cref="ArgumentException">An option breaks its rule; the message names each, with value and rule.</exception>
    public EventEngine Build()
    {
        Options.Validate();
        var context = new SubscriptionContext(Options.Name, Options.OnHandlerError);
        return new EventEngine(Options, context, _eventTypes.ToDictionary(
            static pair => pair.Key, pair => pair.Value.Create(context)));
    }

    private sealed class MissingEvents(EngineBuilder builder) : IEventTypeVisitor
    {
        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            if (!builder._eventTypes.ContainsKey(typeof(T)))
                builder.AddEvent<T>();
        }
    }
}
