using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus.Handlers;

internal sealed class AnyEventHandler(Action<AnyEvent> action) : IBusAnyHandler
{
    public void Handle<T>(in T @event, EventContext context)
        where T : IEvent<T>
    {
        AnyEvent<T> any = AnyEvent<T>.Rent(@event, context);
        try
        {
            action(any);
        }
        finally
        {
            any.Return();
        }
    }
}

internal sealed class AsyncAnyEventHandler(Func<AnyEvent, CancellationToken, ValueTask> action) : IAsyncBusAnyHandler
{
    // Pooled, so that a call which ends later costs no allocation of its own.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask HandleAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        AnyEvent<T> any = AnyEvent<T>.Rent(@event, context);
        try
        {
            await action(any, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            any.Return();
        }
    }
}
