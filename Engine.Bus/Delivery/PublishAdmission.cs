namespace Engine.Bus.Delivery;

/// <summary>Whether a queue takes an event.</summary>
internal enum PublishAdmission
{
    /// <summary>A place is reserved for it.</summary>
    Reserved,

    /// <summary>There will be a place later; the publisher waits for it without a thread.</summary>
    Waits,

    /// <summary>It does not; it was counted, and the outcome is in the context.</summary>
    Refused,
}
