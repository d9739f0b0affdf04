using Engine.Events;

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
