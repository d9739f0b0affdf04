namespace Engine.Bus;

/// <summary>How a bus works. Read once, when the bus is made.</summary>
public sealed class EventBusOptions
{
    /// <summary>How deep handlers may be nested: a handler that publishes, whose handler publishes, and so on. 1 to 15, by default 8.</summary>
    public int MaxDepth { get; set; } = 8;

    /// <summary>Called for each exception of a handler or a filter, on the thread that ran it. What it throws is dropped.</summary>
    public Action<BusHandlerError>? OnHandlerError { get; set; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal void Validate()
    {
        if (MaxDepth is < 1 or > 15)
            throw new ArgumentOutOfRangeException(nameof(MaxDepth), MaxDepth, "The nesting of handlers must be allowed 1 to 15 levels deep.");
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
