using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Routing;

/// <summary>The filters and routes of one event type, in the order in which they were added.</summary>
internal sealed class RouteTable<T>(RouteDefinition[] routes, FilterDefinition[] filters)
    where T : IEvent<T>
{
    private readonly Route<T>[] _routes = [.. routes.Select(static route => route.For<T>()).OfType<Route<T>>()];
    private readonly RouteFilter<T>[] _filters = [.. filters.Select(static filter => filter.For<T>()).OfType<RouteFilter<T>>()];

    /// <summary>Whether every filter passes the event; one that throws does not.</summary>
    public bool Passes(in T @event, EventContext context, ref RoutingErrors errors)
    {
        try
        {
            foreach (RouteFilter<T> filter in _filters)
            {
                if (!filter(@event, context))
                    return false;
            }

            return true;
        }
        catch (Exception exception)
        {
            errors.Add(exception);
            return false;
        }
    }

    /// <summary>Hands the event to the routes that match.</summary>
    /// <returns>Whether one did.</returns>
    public bool Deliver(in T @event, EventContext context, BusThread thread, bool firstOnly, ref RoutingErrors errors)
    {
        bool isRouted = false;
        foreach (Route<T> route in _routes)
        {
            if (!route.TryDeliver(@event, context, thread, ref errors))
                continue;
            isRouted = true;
            if (firstOnly)
                break;
        }

        return isRouted;
    }
}

/// <summary>A route as it is for one event type.</summary>
internal sealed class Route<T>(RouteDefinition definition, BusAction<T> handler, EventPredicate<T>? predicate)
    where T : IEvent<T>
{
    public BusAction<T> Handler => handler;

    public EventPredicate<T>? Predicate => predicate;

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
