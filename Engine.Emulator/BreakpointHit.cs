using Engine.Events;

namespace Engine.Emulator;

/// <summary>A stop before an event: nothing of it has happened, nobody has been told.</summary>
/// <param name="Breakpoint">What stopped the machine.</param>
/// <param name="At">Where and when; the ordinal is the one that the event will get if it is published next.</param>
/// <param name="EventType">Name of the event type.</param>
/// <param name="Event">
/// The event as it is about to be, an instance of its type. Of what only its effect shows it has the default: the value of a device's
/// register that is to be read, and whether a branch is taken.
/// </param>
public sealed record BreakpointHit(CausalBreakpoint Breakpoint, ExecutionPoint At, string EventType, object Event)
{
    /// <summary>The event and its place, for people.</summary>
    public override string ToString() => $"before {Event}, at instruction {At.RetiredInstructions}, pc 0x{At.Pc:x}";
}
