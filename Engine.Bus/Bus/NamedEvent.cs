using System.Text;
using Engine.Events;
using static System.FormattableString;

namespace Engine.Bus;

/// <summary>
/// An event without a type of its own: of a topic whose name is known only while the program runs, such as one for each tenant or from
/// a plug-in. It is published by <see cref="IEventBus.Publish(string, ReadOnlyMemory{byte}, in EventIds)"/>, and subscribed to by its
/// name or a pattern; its name is the context's. Subscribing to this type itself, and routes by pattern, do not see such names.
/// </summary>
/// <param name="Payload">The bytes. Not copied: whoever publishes them must not change them afterwards.</param>
public readonly record struct NamedEvent(ReadOnlyMemory<byte> Payload) : IEvent<NamedEvent>
{
    /// <summary>Stands for all of them; each topic has a descriptor with its own name.</summary>
    public static EventDescriptor Descriptor { get; } = new("bus.named-event");

    /// <summary>The bytes as a text of UTF-8. Makes a string at each call.</summary>
    public string Text => Encoding.UTF8.GetString(Payload.Span);

    /// <summary>How large it is.</summary>
    public override string ToString() => Invariant($"{Payload.Length:N0} bytes");
}
