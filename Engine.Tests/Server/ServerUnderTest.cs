using System.Net;
using Engine.Gateway.Access;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Gateway.Web;
using Engine.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engine.Tests.Server;

/// <summary>A gateway on a free port of the loopback interface, with its real web server.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ServerUnderTest(WebApplication app)
    {
        _app = app;
        Gateway = app.Services.GetRequiredService<EventGateway>();
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public EventGateway Gateway { get; }

    public Uri Address { get; }

    public Uri Events => new(Address, Gateway.Options.Path);

    public HttpClient Http { get; } = new() { Timeout = Timeout.InfiniteTimeSpan };

    public static async Task<ServerUnderTest> StartAsync(
        GatewayOptions? options = null, AccessOptions? access = null, IFrameHistory? history = null, int port = 0,
        ILoggerProvider? logs = null, TimeProvider? time = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (logs is not null)
            builder.Logging.AddProvider(logs);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddEngineServer(options ?? new GatewayOptions { BatchDelay = TimeSpan.Zero }, access);
        if (time is not null)
            builder.Services.AddSingleton(time);
        if (history is not null)
            builder.Services.AddSingleton(history);
        WebApplication app = builder.Build();
        app.MapEngineEvents();
        app.MapEngineHealth();
        app.MapEngineDashboard();
        await app.StartAsync();
        return new ServerUnderTest(app);
    }

    public void Log(string message, string resource = "log-1", string level = "info") =>
        Assert.That(
            Gateway.Publish(new SystemLog(level, "test", message, "test", null, null), resource),
            Is.EqualTo(GatewayPublishOutcome.Published));

    public void Logs(int count, string resource = "log-1")
    {
        for (int i = 1; i <= count; i++)
            Log($"{i}", resource);
    }

    public Task<StreamUnderTest> OpenAsync(string query = "", string? lastEventId = null, params (string Name, string Value)[] headers) =>
        StreamUnderTest.OpenAsync(Http, new Uri(Events + query), lastEventId, headers);

    public Task StopAsync() => _app.StopAsync();

    public void NothingIsLeft() => NothingIsLeftOf(Gateway);

    /// <summary>Waits until nothing is left of any stream: one that was asked for and left may only be taken up now.</summary>
    public static void NothingIsLeftOf(EventGateway gateway) => Eventually.IsTrue(
        () => gateway.Slots.Open == 0 && gateway.Slots.KeyCount == 0 && gateway.GetStreams(10).Count == 0);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
