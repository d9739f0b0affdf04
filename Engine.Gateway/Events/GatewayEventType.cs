using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary>An event type that the gateway sends. Immutable and thread-safe.</summary>
public abstract class GatewayEventType
{
    private protected GatewayEventType(Type type, EventDescriptor descriptor, EventTraffic traffic, string? wireName)
    {
        Type = type;
        EventName = descriptor.Name;
        Traffic = traffic;
        OwnWireName = wireName;
    }

    /// <summary>The type of its events.</summary>
    public Type Type { get; }

    /// <summary>Its name inside: <c>node.status</c>.</summary>
    public string EventName { get; }

    /// <summary>What kind of traffic it is.</summary>
    public EventTraffic Traffic { get; }

    /// <summary>The wire name it asks for; null for the default.</summary>
    internal string? OwnWireName { get; }

    /// <summary>Describes an event type.</summary>
    /// <typeparam name="T">The type of its events.</typeparam>
    /// <param name="json">How its events are written, best from a source-generated context with names in snake_case.</param>
    /// <param name="traffic">What kind of traffic it is.</param>
    /// <param name="wireName">What it is called outside; null for the name with '_' where it has '.' or '-'.</param>
    public static GatewayEventType Of<T>(
        JsonTypeInfo<T> json, EventTraffic traffic = EventTraffic.Ordinary, string? wireName = null)
        where T : IGatewayEvent<T>
    {
        ArgumentNullException.ThrowIfNull(json);
        return new Typed<T>(json, traffic, wireName);
    }

    /// <summary>Has a visitor called with the type.</summary>
    internal abstract void Accept(IGatewayTypeVisitor visitor);

    /// <summary>An event type with its type.</summary>
    /// <typeparam name="T">The type of its events.</typeparam>
    internal sealed class Typed<T>(JsonTypeInfo<T> json, EventTraffic traffic, string? wireName)
        : GatewayEventType(typeof(T), T.Descriptor, traffic, wireName)
        where T : IGatewayEvent<T>
    {
        public void Write(Utf8JsonWriter writer, in T @event) => JsonSerializer.Serialize(writer, @event, json);

        internal override void Accept(IGatewayTypeVisitor visitor) => visitor.Visit<T>();
    }
}

/// <summary>Is called with the type of an event type.</summary>
internal interface IGatewayTypeVisitor
{
    /// <summary>Gets the type.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    void Visit<T>()
        where T : IGatewayEvent<T>;
}
