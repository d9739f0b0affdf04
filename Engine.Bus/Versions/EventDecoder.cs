namespace Engine.Bus.Versions;

/// <summary>Makes an event of its bytes. Must not keep the bytes.</summary>
/// <typeparam name="T">The version of the event.</typeparam>
/// <param name="payload">The bytes.</param>
public delegate T EventDecoder<T>(ReadOnlySpan<byte> payload)
    where T : IVersionedEvent<T>;
