using System.Net;
using Engine.Cluster.Contracts;
using Engine.Dashboard.Hosting;
using Engine.Emulator.Guests;
using Engine.Gateway.Hosting;
using Engine.Server.Description;
using Engine.Server.Fleet;
using Engine.Server.History;
using Engine.Server.Machines;
using Engine.Server.Stores;
using Engine.Server.Telemetry;
using Engine.Tooling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engine.Server.Cli;

/// <summary>
/// Gateway, dashboard, store and machine: what the server is.
/// </summary>
internal sealed class ServerHost : IAsyncDisposable
{
    private static readonly HostExtension s_bus = new(
        static builder => builder.Services.AddSingleton<BusEndpoint>(), BusEndpoint.Map);

    private static readonly HostExtension s_stores = new(
        static builder => builder.Services.AddSingleton<StoreAccess>(), StoreEndpoints.Map);

    private static readonly HostExtension s_fleet = new(
        static builder => builder.Services.AddSingleton<FleetAccess>(), FleetEndpoints.Map);

    private readonly GatewayHost _host;
    private readonly StoredFrameHistory? _history;
    private StoreHost? _store;
    private MachineHost? _machine;

    private ServerHost(GatewayHost host, StoredFrameHistory? history) => (_host, _history) = (host, history);

    /// <summary>Where it listens.</summary>
    public string Address => _host.Address;

    /// <summary>The gateway and its bus.</summary>
    public GatewayHost Gateway => _host;

    /// <summary>Runs until it is told to end.</summary>
    public static async Task<int> RunAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        await using (ServerHost host = await StartAsync(settings, cancellationToken).ConfigureAwait(false))
        {
            Console.WriteLine($"Engine.Server listens on {host.Address} (Ctrl+C ends it)");
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var signals = new EndSignals(() => ended.TrySetResult());
            using (cancellationToken.Register(() => ended.TrySetResult()))
                await ended.Task.ConfigureAwait(false);
        }

        Console.WriteLine("Engine.Server has ended");
        return 0;
    }

    /// <summary>Starts everything.</summary>
    /// <exception cref="UsageException">Settings, an address or a file are not right.</exception>
    public static async Task<ServerHost> StartAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        HostConfiguration configuration = HostConfiguration.Read(
            settings.ConfigFiles, settings.Settings, [.. StoreSettings.Sections, HistorySettings.SectionName, FleetSettings.Section]);
        StoreSettings storage = StoreSettings.Read(configuration.Root);
        ClusterOptions? fleet = FleetSettings.Read(configuration.Root);
        HistorySettings? kept = HistorySettings.Read(configuration.Root);
        IPEndPoint? address = GatewayHost.ReadAddress("--address", settings.Address, configuration);
        Uri? attachedTo = AttachedTo(settings);
        MachineImage? image = settings.HasNoMachine || attachedTo is not null ? null : ImageOf(settings.Elf);
        HostExtension exporters = Exporters.Create();
        StoredFrameHistory? history = kept is null
            ? null
            : await StoredFrameHistory.OpenAsync(HistoryOptions.Of(kept, configuration.Gateway), cancellationToken).ConfigureAwait(false);
        ServerHost host = await StartAsync(
            address, configuration, HostExtension.Of(exporters, PagesOf(attachedTo)), history, cancellationToken).ConfigureAwait(false);
        GatewayHost gateway = host._host;
        try
        {
            gateway.Services.GetRequiredService<BusEndpoint>().Read = gateway.ReadBusStatus;
            if (fleet is not null)
                gateway.Services.GetRequiredService<FleetAccess>().Use(fleet);
            host._store = await OpenStoreAsync(gateway, storage, cancellationToken).ConfigureAwait(false);
            if (image is not null)
            {
                host._machine = new MachineHost(
                    gateway.Gateway, gateway.Bus, image, gateway.NodeId, gateway.Services.GetRequiredService<ILogger<MachineHost>>());
                host._machine.Start();
            }

            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the machine first, then the streams and the server, the store last.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
            await _machine.DisposeAsync().ConfigureAwait(false);
        await _host.StopAsync().ConfigureAwait(false);
        if (_store is not null)
            await _store.DisposeAsync().ConfigureAwait(false);
        if (_history is not null)
            await _history.DisposeAsync().ConfigureAwait(false);
        await _host.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<ServerHost> StartAsync(
        IPEndPoint? address, HostConfiguration configuration, HostExtension chosen, StoredFrameHistory? history,
        CancellationToken cancellationToken)
    {
        HostExtension extension = HostExtension.Of(
            chosen, s_bus, s_stores, s_fleet, ApiDocument.Extension, HistoryHealthCheck.Of(history));
        try
        {
            GatewayHost gateway = await GatewayHost.StartAsync(
                ServerCommandLine.Name, "--address", address, configuration, extension, cancellationToken).ConfigureAwait(false);
            if (history is not null)
                history.Options.Logger = gateway.Services.GetRequiredService<ILogger<StoredFrameHistory>>();
            return new ServerHost(gateway, history);
        }
        catch when (history is not null)
        {
            await history.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<StoreHost?> OpenStoreAsync(GatewayHost host, StoreSettings settings, CancellationToken cancellationToken)
    {
        StoreAccess access = host.Services.GetRequiredService<StoreAccess>();
        access.JournalDirectory = settings.JournalDirectory;
        return settings.Config is null
            ? null
            : access.Store = await StoreHost.StartAsync(
                settings, host.Bus, host.NodeId, host.Services.GetRequiredService<ILogger<StoreHost>>(), cancellationToken)
                .ConfigureAwait(false);
    }

    private static HostExtension PagesOf(Uri? attachedTo) => new(
        builder => builder.AddEngineDashboardPages(attachedTo), EngineDashboardExtensions.MapEngineDashboardPages, HasPages: true);

    private static Uri? AttachedTo(HostSettings settings)
    {
        if (settings.AttachedTo is not { } text)
            return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https")
            || address.PathAndQuery != "/" || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
        {
            throw new UsageException(
                $"--attach: \"{ToolProgram.Shorten(text)}\" is no address of a server; give one such as http://127.0.0.1:5080");
        }

        return settings.Elf is null ? address : throw new UsageException("--attach: runs no guest; leave out ELF, or --attach");
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
}
