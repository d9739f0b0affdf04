using Engine.Bench.Support;
using Engine.Events.Vm;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Bench.Bus.Peers;

/// <summary>
/// MediatR: a notification published to a handler that the container makes once. Version 5.1, the last that is free and can be
/// had. It has no queue.
/// </summary>
internal sealed class MediatRPublish : PublishPeer
{
    private readonly ServiceProvider _services;
    private readonly IMediator _mediator;

    public MediatRPublish()
    {
        _services = new ServiceCollection()
            .AddSingleton<ServiceFactory>(static services => services.GetRequiredService)
            .AddSingleton<IMediator, MediatR.Mediator>()
            .AddSingleton(Handler)
            .AddSingleton<INotificationHandler<Number>, NumberHandler>()
            .BuildServiceProvider();
        _mediator = _services.GetRequiredService<IMediator>();
    }

    public override string Name => "MediatR 5, Publish";

    public override void Dispose()
    {
        _services.Dispose();
        base.Dispose();
    }

    protected override void PublishAll(long count)
    {
        for (long i = 0; i < count; i++)
            _mediator.Publish(new Number(Checksum.Event(i))).GetAwaiter().GetResult();
    }

    private sealed record Number(InstructionRetired Event) : INotification;

    private sealed class NumberHandler(AddingHandler handler) : INotificationHandler<Number>
    {
        public Task Handle(Number notification, CancellationToken cancellationToken)
        {
            handler.Add(notification.Event);
            return Task.CompletedTask;
        }
    }
}
