using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Engine.Gateway.Events;

namespace Engine.Gateway.Client;

/// <summary>An event that a client got. Immutable.</summary>
/// <param name="Id">Where it is in the stream: <c>epoch:sequence</c>.</param>
/// <param name="Type">The wire name of its type.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="ResourceId">What it is about.</param>
/// <param name="Data">The event.</param>
public sealed record ReceivedEvent(string Id, string Type, DateTimeOffset Timestamp, string ResourceId, JsonElement Data)
{
    /// <summary>Reads the event as one of the types that the library has.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="event">The event; null if it is of another type.</param>
    /// <exception cref="JsonException">It is of that type by name, and has another form.</exception>
    public bool TryGet<T>([NotNullWhen(true)] out T? @event)
        where T : class, IGatewayEvent<T>
    {
        @event = Type == WireNames.DefaultOf(T.Descriptor.Name)
            && GatewayJsonContext.Find(typeof(T)) is JsonTypeInfo<T> json
                ? Data.Deserialize(json)
                : null;
        return @event is not null;
    }
}

/// <summary>Events that a client did not get.</summary>
/// <param name="From">The sequence of the first.</param>
/// <param name="To">The sequence of the last.</param>
/// <param name="Reason">Why: <c>trimmed</c> where they are not kept any more, <c>slow</c> where the client was too slow.</param>
/// <param name="Dropped">How many of them matched the filter; null if nobody knows.</param>
public sealed record StreamGap(long From, long To, string Reason, long? Dropped);

/// <summary>The cursor meant nothing to the server: what follows is all that it keeps.</summary>
/// <param name="Epoch">The history that the server has.</param>
/// <param name="From">The sequence of the oldest event in it.</param>
/// <param name="Reason">Why: <c>epoch</c>, <c>ahead</c> or <c>unreadable</c>.</param>
public sealed record StreamReset(string Epoch, long From, string Reason);
