namespace Engine.Bus;

/// <summary>Where a bus is in its life. It only moves forward.</summary>
public enum BusState
{
    /// <summary>Made. Handlers in sync mode are called; for the others events are queued.</summary>
    Created,

    /// <summary>All handlers are called.</summary>
    Running,

    /// <summary>Only handlers publish; what is left is being handled.</summary>
    Stopping,

    /// <summary>Over: nothing is taken any more.</summary>
    Stopped,
}
