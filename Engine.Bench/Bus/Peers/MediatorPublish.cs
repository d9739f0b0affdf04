using Engine.Bench.Support;
using Engine.Events.Vm;
using Mediator;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Bench.Bus.Peers;

/// <summary>
/// Mediator, which its source generator writes: a notification that is a struct, published to a singleton through the
/// generated class, which its documentation calls the fastest way. It has no queue.
/// </summary>
internal sealed class MediatorPublish : PublishPeer
{
    private readonly ServiceProvider _services;
    private readonly Generated.Mediator _mediator;

    public MediatorPublish()
    {
        _services = new ServiceCollection()
            .AddSingleton(Handler)
            .AddMediator(static (MediatorOptions options) =>
            {
                options.Namespace = "Engine.Bench.Bus.Peers.Generated";
                options.GenerateTypesAsInternal = true;
                options.ServiceLifetime = ServiceLifetime.Singleton;
            })
            .BuildServiceProvider();
        _mediator = _services.GetRequiredService<Generated.Mediator>();
    }

    public override string Name => "Mediator, generated, Publish";

    public override void Dispose()
    {
        _services.Dispose();
        base.Dispose();
    }

    protected override void PublishAll(long count)
    {
        for (long i = 0; i < count; i++)
            _mediator.Publish(new NumberNotification(Checksum.Event(i))).AsTask().GetAwaiter().GetResult();
    }
}

/// <summary>A number, on its way through Mediator.</summary>
internal readonly record struct NumberNotification(InstructionRetired Event) : INotification;

/// <summary>Adds the numbers up.</summary>
internal sealed class NumberNotificationHandler(AddingHandler handler) : INotificationHandler<NumberNotification>
{
    public ValueTask Handle(NumberNotification notification, CancellationToken cancellationToken)
    {
        handler.Add(notification.Event);
        return ValueTask.CompletedTask;
    }
}
