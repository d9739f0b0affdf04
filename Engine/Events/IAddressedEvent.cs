namespace Engine.Events;

/// <summary>An event about an address of the guest, by which it can be filtered.</summary>
public interface IAddressedEvent
{
    /// <summary>
    /// The address; the first one where the event is about several. The event type says whether it is virtual or physical.
    /// </summary>
    ulong Address { get; }
}
