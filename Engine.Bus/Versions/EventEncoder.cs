using System.Buffers;
using Engine.Events;

namespace Engine.Bus.Versions;

/// <summary>
/// Encodes an event whose type only its holder knows: make one by <see cref="EventVersions.EncodeTo"/>, have it visit the event,
/// read <see cref="Result"/>. To be used by one thread at a time.
/// </summary>
internal struct EventEncoder : IEventVisitor
{
    private readonly EventVersions _versions;
    private readonly IBufferWriter<byte> _output;

    internal EventEncoder(EventVersions versions, IBufferWriter<byte> output)
    {
        _versions = versions;
        _output = output;
    }

    /// <summary>What became of the event that was visited last.</summary>
    public EncodedEvent Result { get; private set; }

    /// <inheritdoc/>
    public void Visit<T>(in T @event)
        where T : IEvent<T> =>
        Result = _versions.Encode(@event, _output);
}
