using System.Diagnostics.CodeAnalysis;
using Engine.Bus.Codecs;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Storage.Codecs;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Storage.Logs;

/// <summary>
/// The event types of a journal that are to be read as records. Of several versions of an event, which have the same
/// <see cref="IEvent{TSelf}.EventName"/>, the layout in the file says which one it is; so what an older build recorded becomes its own
/// version, and is upcast like any other. To be filled before a journal is opened; then thread-safe.
/// </summary>
public sealed class JournalEventTypes
{
    private readonly List<JournalEventType> _types = [];

    /// <summary>Adds an event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="codec">How its events are shown in records; null for their bytes in memory (<see cref="LayoutEventCodec{T}"/>).</param>
    /// <exception cref="ArgumentException">The type was added before.</exception>
    public JournalEventTypes Add<[DynamicallyAccessedMembers(EventLayout.Fields)] T>(IEventCodec<T>? codec = null)
        where T : unmanaged, IEvent<T>
    {
        if (_types.Any(static type => type is JournalEventType<T>))
            throw new ArgumentException($"{typeof(T)} was added before.");
        _types.Add(new JournalEventType<T>(codec ?? LayoutEventCodec<T>.Instance, EventLayout.Of<T>()));
        return this;
    }

    /// <summary>Whether a stream may hold what a filter takes: by the event's name, or by that which it has in the file.</summary>
    internal string EventNameOf(FrameStream stream) => Candidates(stream).FirstOrDefault()?.Version.EventName ?? stream.EventType;

    /// <summary>The type of a stream's events.</summary>
    /// <exception cref="InvalidDataException">None was added that has this name and layout.</exception>
    internal JournalEventType Of(FrameStream stream) =>
        Candidates(stream).FirstOrDefault(type => type.Layout == stream.Layout)
        ?? throw new InvalidDataException(
            $"The journal holds events \"{stream.EventType}\" with the layout {stream.Layout}; "
            + (Candidates(stream).FirstOrDefault() is { } other
                ? $"{other.Version} has {other.Layout}. Add the version that has the layout, or filter by other names."
                : "add their type, or filter by other names."));

    private IEnumerable<JournalEventType> Candidates(FrameStream stream) => _types
        .Where(type => type.Version.EventName == stream.EventType || type.DescriptorName == stream.EventType)
        .OrderByDescending(static type => type.Version.Version);
}

/// <summary>An event type of a journal.</summary>
internal abstract class JournalEventType(EventVersion version, string descriptorName, string layout, string contentType)
{
    public EventVersion Version => version;

    public string DescriptorName => descriptorName;

    public string Layout => layout;

    public string ContentType => contentType;

    /// <summary>Decodes a frame.</summary>
    public abstract FrameRecords Decode(in JournalFrame frame);
}

/// <inheritdoc/>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class JournalEventType<T>(IEventCodec<T> codec, string layout)
    : JournalEventType(new EventVersion(T.EventName, T.Version), T.Descriptor.Name, layout, codec.ContentType)
    where T : unmanaged, IEvent<T>
{
    public override FrameRecords Decode(in JournalFrame frame)
    {
        var events = new T[frame.Header.Count];
        frame.DecodeAs<T>(events);
        return new FrameRecords<T>(this, frame.Header, events, codec);
    }
}
