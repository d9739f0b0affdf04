using System.Net;
using System.Net.Sockets;
using Engine.Bus;
using Engine.Emulator.Guests;
using Engine.Server.Access;
using Engine.Server.Feeds;
using Engine.Server.Streams;
using Engine.Server.Web;
using Engine.Tooling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Engine.Server.Cli;

/// <summary>
/// Runs gateway, dashboard and machine until it is told to end:
/// then the machine first, the streams next, the server last.
/// </summary>
internal static class ServerHost
{
    public static async Task<int> RunAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        HostConfiguration configuration = HostConfiguration.Read(settings);
        var guard = new AccessGuard(configuration.Access);
        if (settings.Address is { } wanted && BindingRules.ObstacleTo(wanted, guard.HasAuthentication) is string obstacle)
            throw new UsageException($"--address: {obstacle}");
        MachineImage? image = settings.HasNoMachine ? null : ImageOf(settings.Elf);
        await using WebApplication app = await StartAsync(settings, configuration, cancellationToken).ConfigureAwait(false);
        Console.WriteLine($"Engine.Server listens on {AddressOf(app)} (Ctrl+C ends it)");

        EventGateway gateway = app.Services.GetRequiredService<EventGateway>();
        var bus = new EventBus("server");
        bus.Start();
        using IDisposable attachment = gateway.Attach(bus);
        var node = new NodeFeed(gateway, bus);
        var status = new StatusFeed(gateway, bus);
        MachineHost? machine = image is null
            ? null
            : new MachineHost(gateway, bus, image, node.NodeId, app.Services.GetRequiredService<ILogger<MachineHost>>());
        machine?.Start();
        using var signals = new EndSignals(app.Lifetime.StopApplication);
        using (cancellationToken.Register(app.Lifetime.StopApplication))
            await WaitForEndAsync(app).ConfigureAwait(false);

        if (machine is not null)
            await machine.DisposeAsync().ConfigureAwait(false);
        await status.DisposeAsync().ConfigureAwait(false);
        await node.DisposeAsync().ConfigureAwait(false);
        await bus.StopAsync(TimeSpan.FromSeconds(2), CancellationToken.None).ConfigureAwait(false);
        await gateway.StopAsync().ConfigureAwait(false);
        await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        Console.WriteLine("Engine.Server has ended");
        return 0;
    }

    private static async Task<WebApplication> StartAsync(
        HostSettings settings, HostConfiguration configuration, CancellationToken cancellationToken)
    {
        IPEndPoint address = settings.Address ?? new IPEndPoint(IPAddress.Loopback, BindingRules.DefaultPort);
        while (true)
        {
            WebApplication app = Build(configuration, address);
            try
            {
                await app.StartAsync(cancellationToken).ConfigureAwait(false);
                return app;
            }
            catch (Exception error) when (IsAddressFault(error))
            {
                await app.DisposeAsync().ConfigureAwait(false);
                if (settings.Address is not null || address.Port == 0)
                {
                    throw new UsageException(
                        $"--address: the server cannot listen on {address} ({(error.InnerException ?? error).Message})");
                }

                address = new IPEndPoint(IPAddress.Loopback, 0);
            }
        }
    }

    private static bool IsAddressFault(Exception error) =>
        error is IOException or SocketException || error.InnerException is SocketException || error.GetBaseException() is SocketException;

    private static WebApplication Build(HostConfiguration configuration, IPEndPoint address)
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
        builder.Logging.AddProvider(new ErrorLog());
        builder.Services.AddSingleton<ILoggerProvider>(
            provider => new LogFeed(provider.GetRequiredService<EventGateway>(), configuration.Log));
        builder.Services.AddEngineServer(configuration.Gateway, configuration.Access);
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
        WebApplication app = builder.Build();
        app.MapEngineEvents();
        app.MapEngineHealth();
        app.MapEngineDashboard();
        return app;
    }

    private static async Task WaitForEndAsync(WebApplication app)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration stopping = app.Lifetime.ApplicationStopping.Register(() => ended.TrySetResult());
        await ended.Task.ConfigureAwait(false);
    }

    private static MachineImage ImageOf(string? elf)
    {
        if (elf is null)
            return new MachineImage(BundledGuest.Name, BundledGuest.ReadAllBytes());
        try
        {
            if (FileKinds.Of(elf) != FileKind.Regular)
                throw new UsageException($"ELF: {elf} is no file");
            var image = new MachineImage(elf, File.ReadAllBytes(elf));
            // Found out before anybody is told an address.
            using var board = new Engine.Emulator.VirtBoard(new Engine.Emulator.VirtBoardOptions());
            board.LoadElf(image.Elf, elf);
            return image;
        }
        catch (Engine.Emulator.Loading.GuestLoadException error)
        {
            throw new UsageException($"ELF: {error.Message}");
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            throw new UsageException($"ELF: {elf} cannot be read ({error.Message})");
        }
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "no address";
}
