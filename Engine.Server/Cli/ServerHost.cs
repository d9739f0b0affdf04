using System.Net;
using Engine.Dashboard.Hosting;
using Engine.Emulator.Guests;
using Engine.Gateway.Hosting;
using Engine.Server.Machines;
using Engine.Server.Telemetry;
using Engine.Tooling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engine.Server.Cli;

/// <summary>
/// Runs gateway, dashboard and machine until it is told to end:
/// then the machine first, the streams next, the server last.
/// </summary>
internal static class ServerHost
{
    private static readonly HostExtension s_pages = new(
        EngineDashboardExtensions.AddEngineDashboardPages, EngineDashboardExtensions.MapEngineDashboardPages, HasPages: true);

    public static async Task<int> RunAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        HostConfiguration configuration = HostConfiguration.Read(settings.ConfigFiles, settings.Settings);
        IPEndPoint? address = GatewayHost.ReadAddress("--address", settings.Address, configuration);
        MachineImage? image = settings.HasNoMachine ? null : ImageOf(settings.Elf);
        await using GatewayHost host = await GatewayHost.StartAsync(
            ServerCommandLine.Name, "--address", address, configuration, HostExtension.Of(Exporters.Create(), s_pages), cancellationToken)
            .ConfigureAwait(false);
        Console.WriteLine($"Engine.Server listens on {host.Address} (Ctrl+C ends it)");

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var signals = new EndSignals(() => ended.TrySetResult());
        await using (MachineHost? machine = image is null
            ? null
            : new MachineHost(host.Gateway, host.Bus, image, host.NodeId, host.Services.GetRequiredService<ILogger<MachineHost>>()))
        {
            machine?.Start();
            using (cancellationToken.Register(() => ended.TrySetResult()))
                await ended.Task.ConfigureAwait(false);
        }

        await host.StopAsync().ConfigureAwait(false);
        Console.WriteLine("Engine.Server has ended");
        return 0;
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
