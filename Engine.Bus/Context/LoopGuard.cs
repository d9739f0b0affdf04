using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus;

/// <summary>Refuses events that handlers publish in a loop: too deep, or the same event inside its own handling.</summary>
internal static class LoopGuard
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckDepth(EventContext parent, EventDescriptor eventType, BusCore bus)
    {
        if (parent.Nesting + 1 > bus.MaxDepth || parent.Depth + 1 > bus.MaxCausationDepth)
            ThrowTooDeep(parent, eventType, bus);
    }

    /// <summary>Checks an event that is not published inside a handler, but whose cause is known to lie so deep.</summary>
    public static void CheckDepth(int depth, EventDescriptor eventType, BusCore bus)
    {
        if (depth > bus.MaxCausationDepth)
        {
            throw new EventLoopException(
                $"Messages lead to further events {depth} levels deep, and at most {bus.MaxCausationDepth} are allowed " +
                $"({nameof(EventBusOptions.MaxCausationDepth)}): ... -> {eventType.Name}.");
        }
    }

    public static void CheckReentry(EventContext? parent, EventDescriptor eventType, Guid id)
    {
        if (parent is not null && id != Guid.Empty && parent.DescendsFrom(id))
        {
            throw new EventLoopException(
                $"Event {id} is published inside its own handling, which would never end: {parent.Path()} -> {eventType.Name}.");
        }
    }

    [DoesNotReturn]
    private static void ThrowTooDeep(EventContext parent, EventDescriptor eventType, BusCore bus)
    {
        (int depth, int limit, string option) = parent.Nesting + 1 > bus.MaxDepth
            ? (parent.Nesting + 1, bus.MaxDepth, nameof(EventBusOptions.MaxDepth))
            : (parent.Depth + 1, bus.MaxCausationDepth, nameof(EventBusOptions.MaxCausationDepth));
        throw new EventLoopException(
            $"Handlers publish events {depth} levels deep, and at most {limit} are allowed ({option}): "
            + $"{parent.Path()} -> {eventType.Name}.");
    }
}
