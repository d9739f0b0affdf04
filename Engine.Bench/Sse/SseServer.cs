using System.Net;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;
using Engine.Gateway.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engine.Bench.Sse;

/// <summary>A web server with the gateway, as its defaults have it, and its peer beside it.</summary>
internal sealed class SseServer : IAsyncDisposable
{
    /// <summary>Where the web server answers with a response that says one thing and stays open.</summary>
    public const string BarePath = "/bare";

    private readonly WebApplication _app;

    private SseServer(WebApplication app, PeerFeed peer)
    {
        _app = app;
        Peer = peer;
        Gateway = app.Services.GetRequiredService<EventGateway>();
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    public EventGateway Gateway { get; }

    public PeerFeed Peer { get; }

    public int Port { get; }

    public static SseServer Start(Action<GatewayOptions>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        // All clients are one address here.
        var options = new GatewayOptions { MaxPerClient = 100_000, Retry = TimeSpan.Zero };
        configure?.Invoke(options);
        builder.Services.AddEngineServer(options);
        WebApplication app = builder.Build();
        var peer = new PeerFeed();
        app.MapEngineEvents();
        app.MapGet(PeerFeed.Path, peer.Serve);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Lifetime.ApplicationStopping.Register(end.SetResult);
        app.MapGet(BarePath, (RequestDelegate)(context => HoldAsync(context, end.Task)));
        app.StartAsync().GetAwaiter().GetResult();
        return new SseServer(app, peer);
    }

    private static async Task HoldAsync(HttpContext context, Task end)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.BodyWriter.WriteAsync(": here\n\n"u8.ToArray()).ConfigureAwait(false);
        await end.ConfigureAwait(false);
    }

    /// <summary>Publishes an event whose message is a text, to the gateway.</summary>
    public void PublishToGateway(string message)
    {
        GatewayPublishOutcome outcome = Gateway.Publish(new SystemLog("info", "bench", message, "bench", null, null), "bench");
        if (outcome != GatewayPublishOutcome.Published)
            throw new InvalidOperationException($"An event was not published: {outcome}.");
    }

    public async ValueTask DisposeAsync()
    {
        Peer.Complete();
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
