using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Routing;

/// <summary>A route as it is for one event type.</summary>
internal sealed class Route<T>(RouteDefinition definition, BusAction<T> handler, EventPredicate<T>? predicate)
    where T : IEvent<T>
{
    /// <summary>Hands the event over if it matches; what is thrown on the way goes to <paramref name="errors"/>.</summary>
    /// <returns>Whether it matched. If the predicate throws, it did not.</returns>
    public bool TryDeliver(in T @event, EventContext context, BusThread thread, ref RoutingErrors errors)
    {
        bool isMatch = false;
        try
        {
            if (predicate is not null && !predicate(@event))
                return false;
            isMatch = true;
            definition.Delivered.Increment(thread.Cells);
            handler(@event, context);
        }
        catch (Exception exception)
        {
            definition.Failed.Increment(thread.Cells);
            errors.Add(exception);
        }

        return isMatch;
    }
}
