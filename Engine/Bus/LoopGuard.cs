using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus;

/// <summary>Refuses events that handlers publish in a loop: too deep, or the same event inside its own handling.</summary>
internal static class LoopGuard
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckDepth(EventContext? parent, EventDescriptor eventType, int maxDepth)
    {
        if (parent is not null && parent.Depth + 1 > maxDepth)
            ThrowTooDeep(parent, eventType, maxDepth);
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
    private static void ThrowTooDeep(EventContext parent, EventDescriptor eventType, int maxDepth) => throw new EventLoopException(
        $"Handlers publish events {maxDepth + 1} levels deep, and at most {maxDepth} are allowed: {parent.Path()} -> {eventType.Name}.");
}
