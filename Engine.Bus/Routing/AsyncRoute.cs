using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Routing;

/// <summary>A route as it is for one event type, where routes may be asynchronous.</summary>
internal sealed class AsyncRoute<T>(
    RouteDefinition definition, Func<T, EventContext, CancellationToken, ValueTask> handler, EventPredicate<T>? predicate)
    where T : IEvent<T>
{
    /// <summary>A synchronous handler as an asynchronous one.</summary>
    public static Func<T, EventContext, CancellationToken, ValueTask> Of(BusAction<T> handler) => (@event, context, _) =>
    {
        handler(@event, context);
        return ValueTask.CompletedTask;
    };

    /// <summary>Hands the event over if it matches.</summary>
    /// <returns>Whether it matched, and what was thrown on the way. If the predicate throws, it did not match.</returns>
    public async ValueTask<(bool IsMatch, Exception? Error)> TryDeliverAsync(
        T @event, EventContext context, CancellationToken cancellationToken)
    {
        bool isMatch = false;
        try
        {
            if (predicate is not null && !predicate(@event))
                return (false, null);
            isMatch = true;
            definition.Delivered.Increment(BusThread.Current.Cells);
            await handler(@event, context, cancellationToken).ConfigureAwait(false);
            return (true, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            definition.Failed.Increment(BusThread.Current.Cells);
            return (isMatch, exception);
        }
    }
}

/// <summary>The filters and routes of one event type, in the order in which they were added, where routes may be asynchronous.</summary>
internal sealed class AsyncRouteTable<T>(RouteDefinition[] routes, FilterDefinition[] filters)
    where T : IEvent<T>
{
    private readonly RouteTable<T> _filters = new([], filters);

    /// <summary>The routes.</summary>
    public AsyncRoute<T>[] Routes { get; } = [.. routes.Select(static route => route.ForAsync<T>()).OfType<AsyncRoute<T>>()];

    /// <summary>Whether every filter passes the event; one that throws does not.</summary>
    public bool Passes(in T @event, EventContext context, ref RoutingErrors errors) => _filters.Passes(@event, context, ref errors);
}
