using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Engine.Bus;
using Engine.Bus.Monitoring;
using Engine.Gateway.Access;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Gateway.Streams;
using Engine.Gateway.Web;
using Engine.Tooling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Engine.Gateway.Hosting;

/// <summary>
/// What a program needs to serve events: the web server with gateway and dashboard, a bus, and the feeds of both and of the
/// process. It answers no signals; the program says when it ends.
/// </summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private static readonly TimeSpan BusStopTime = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly RequestLog? _requests;
    private readonly IDisposable _attachment;
    private readonly BusMeter _meter;
    private readonly NodeFeed _node;
    private readonly StatusFeed _status;
    private Task? _stop;

    private GatewayHost(WebApplication app, RequestLog? requests)
    {
        (_app, _requests) = (app, requests);
        Gateway = app.Services.GetRequiredService<EventGateway>();
        Bus = new EventBus("server");
        Bus.Start();
        _meter = BusMeter.For(app.Services.GetRequiredService<IMeterFactory>());
        _meter.Add(Bus);
        _attachment = Gateway.Attach(Bus);
        _node = new NodeFeed(Gateway, Bus);
        _status = new StatusFeed(Gateway, Bus);
    }

    public EventGateway Gateway { get; }

    /// <summary>What is published here goes out too, as far as the gateway has its type.</summary>
    public EventBus Bus { get; }

    /// <summary>What this process is called in events.</summary>
    public string NodeId => _node.NodeId;

    public IServiceProvider Services => _app.Services;

    /// <summary>The bus's counters as they are now.</summary>
    public BusStatus ReadBusStatus() => _status.Read();

    /// <summary>Where it listens.</summary>
    public string Address =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "no address";

    /// <summary>Reads where to listen.</summary>
    /// <param name="option">The option the text was given with.</param>
    /// <param name="text">The text; null if there is none.</param>
    /// <param name="configuration">The settings, which say whether others may come in.</param>
    /// <exception cref="UsageException">It is no address, or one where the server may not listen.</exception>
    public static IPEndPoint? ReadAddress(string option, string? text, HostConfiguration configuration)
    {
        if (text is null)
            return null;
        if (BindingRules.Parse(text) is not { } address)
        {
            throw new UsageException(
                $"{option}: \"{ToolProgram.Shorten(text)}\" is no address; give PORT, HOST, HOST:PORT or *, with an IP address as HOST");
        }

        return BindingRules.ObstacleTo(address, new AccessGuard(configuration.Access).HasAuthentication) is string obstacle
            ? throw new UsageException($"{option}: {obstacle}")
            : address;
    }

    /// <summary>Starts it.</summary>
    /// <param name="program">What lines on standard error begin with.</param>
    /// <param name="option">The option that has the address, for errors.</param>
    /// <param name="address">Where to listen; null for the default, or a free port if that is taken.</param>
    /// <param name="configuration">The settings.</param>
    /// <param name="extension">What the program adds; null for nothing.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="UsageException">The server cannot listen there.</exception>
    public static async Task<GatewayHost> StartAsync(
        string program, string option, IPEndPoint? address, HostConfiguration configuration, HostExtension? extension,
        CancellationToken cancellationToken)
    {
        IPEndPoint tried = address ?? new IPEndPoint(IPAddress.Loopback, BindingRules.DefaultPort);
        RequestLog? requests = RequestLog.Open(configuration.Requests, configuration.Log);
        while (true)
        {
            WebApplication app = Build(program, configuration, requests, extension, tried);
            try
            {
                await app.StartAsync(cancellationToken).ConfigureAwait(false);
                return new GatewayHost(app, requests);
            }
            catch (Exception error) when (IsAddressFault(error))
            {
                await app.DisposeAsync().ConfigureAwait(false);
                if (address is not null || tried.Port == 0)
                {
                    throw new UsageException(
                        $"{option}: the server cannot listen on {tried} ({(error.InnerException ?? error).Message})");
                }

                tried = new IPEndPoint(IPAddress.Loopback, 0);
            }
        }
    }

    /// <summary>Ends it: the feeds, the bus, the streams, the server. Further calls wait for the first.</summary>
    public Task StopAsync() => _stop ??= StopCoreAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        if (_requests is not null)
            await _requests.DisposeAsync().ConfigureAwait(false);
    }

    private async Task StopCoreAsync()
    {
        await _status.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        await Bus.StopAsync(BusStopTime, CancellationToken.None).ConfigureAwait(false);
        _meter.Remove(Bus);
        _attachment.Dispose();
        await Gateway.StopAsync().ConfigureAwait(false);
        await _app.StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static bool IsAddressFault(Exception error) =>
        error is IOException or SocketException || error.InnerException is SocketException || error.GetBaseException() is SocketException;

    private static WebApplication Build(
        string program, HostConfiguration configuration, RequestLog? requests, HostExtension? extension, IPEndPoint address)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(configuration.Root);
        builder.Logging.ClearProviders();
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Logging.AddProvider(new ErrorLog(program));
        builder.Services.AddSingleton<ILoggerProvider>(
            provider => new LogFeed(provider.GetRequiredService<EventGateway>(), configuration.Log));
        builder.Services.AddEngineServer(configuration.Gateway, configuration.Access);
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
        extension?.Add(builder);
        WebApplication app = builder.Build();
        if (requests is not null)
            app.Use(next => context => requests.InvokeAsync(context, next));
        extension?.Map(app);
        app.MapEngineEvents();
        app.MapEngineHealth();
        if (extension is { HasPages: true })
            app.MapEngineScript();
        else
            app.MapEngineDashboard();
        return app;
    }
}
