using Engine.Bus.Routing;
using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>Runs messages through a router: what their payloads are is asked for once per message, without boxing.</summary>
internal static class MessageRouting
{
    /// <summary>A handler that acks what is routed or filtered out, and fails with what is not, so that it is nacked.</summary>
    public static MessageCall Through(AsyncEventRouter router) => async (message, context, cancellationToken) =>
    {
        var visitor = new Visitor(router, context, cancellationToken);
        message.Accept(ref visitor);
        if (await visitor.Outcome.ConfigureAwait(false) == RoutingOutcome.Unrouted)
            throw UnroutedEventException.Of(message.EventType);
    };

    private struct Visitor(AsyncEventRouter router, EventContext context, CancellationToken cancellationToken) : IEventVisitor
    {
        public Task<RoutingOutcome> Outcome { get; private set; } = null!;

        public void Visit<T>(in T @event)
            where T : IEvent<T> =>
            Outcome = router.RouteAsync(@event, context, cancellationToken).AsTask();
    }
}
