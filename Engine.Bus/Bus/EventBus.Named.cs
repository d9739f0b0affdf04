using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Publish;
using static System.FormattableString;

namespace Engine.Bus;

/// <summary>Topics whose names are known at run time only.</summary>
public sealed partial class EventBus
{
    /// <summary>Topics of <see cref="NamedEvent"/> that a bus has at most, because each is kept as long as the bus.</summary>
    public const int MaxNamedTopics = 16_384;

    private readonly ConcurrentDictionary<string, TopicRuntime<NamedEvent>> _named = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public PublishOutcome Publish(string name, ReadOnlyMemory<byte> payload, in EventIds ids = default) =>
        NamedTopicOf(name).Publish(new NamedEvent(payload), ids, waits: null);

    /// <inheritdoc/>
    public BusTopic<NamedEvent> GetTopic(string name) => new(NamedTopicOf(name));

    private TopicRuntime<NamedEvent> NamedTopicOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _named.TryGetValue(name, out TopicRuntime<NamedEvent>? known) ? known : AddNamed(name);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TopicRuntime<NamedEvent> AddNamed(string name)
    {
        var descriptor = new EventDescriptor(name);
        lock (_changeLock)
        {
            if (_named.TryGetValue(name, out TopicRuntime<NamedEvent>? known))
                return known;
            if (_topicsByName.ContainsKey(name))
            {
                throw new InvalidOperationException(
                    $"Event name \"{name}\" is that of an event type on bus \"{Name}\"; publish an event of that type, or its bytes by "
                    + "VersionedBus.Publish.");
            }

            if (_named.Count >= MaxNamedTopics)
            {
                throw new InvalidOperationException(
                    Invariant($"Bus \"{Name}\" keeps {MaxNamedTopics:N0} names that are known at run time only, and has no room for ")
                    + $"\"{name}\"; put what varies into the key of the event's details.");
            }

            var topic = new TopicRuntime<NamedEvent>(Core, descriptor);
            Complete(topic);
            _named[name] = topic;
            return topic;
        }
    }
}
