using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Local;
using Engine.Cluster.Transport;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>What the README's command starts, and what is left of it.</summary>
[TestFixture, Category("Process")]
[Parallelizable]
internal sealed class FleetUpTests
{
    [Test]
    public async Task All_hosts_arrive_and_nothing_stays_of_a_fleet_that_is_killed()
    {
        if (LocalBroker.FindProgram() is null)
            Assert.Ignore("nats-server is not installed (Debian's package is nats-server)");
        using var folder = new TemporaryFolder();
        int port = LocalPort.Free();
        using Process up = Process.Start(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Engine.Fleet.dll"), "up", "--hosts", "2", "--folder", folder.PathOf("fleet"),
                "--port", $"{port}",
            ]);
        try
        {
            await using IClusterTransport transport = ClusterTransports.Create(
                new ClusterOptions { Url = $"nats://127.0.0.1:{port}" }, "test");
            FleetSnapshot? fleet = null;
            Eventually.IsTrue(() =>
            {
                Assert.That(up.HasExited, Is.False);
                fleet = Ask(transport);
                // A hub that waited for long has a fault for a moment.
                return fleet is { Hosts.Count: 2, Faults.Count: 0 }
                    && fleet.Hosts.All(static host => host.Heartbeat.Publisher?.AuditedFrame > 0);
            });
            Assert.That(fleet!.Hosts.Select(static host => host.Name), Is.EqualTo(new[] { "host-1", "host-2" }));
        }
        finally
        {
            up.Kill();
            await up.WaitForExitAsync();
        }

        Eventually.IsTrue(() => !LocalPort.IsTaken(port));
        Eventually.IsTrue(() => Process.GetProcesses().All(process => !CommandLineOf(process.Id).Contains(folder.PathOf("fleet"))));
    }

    [Test]
    public void A_broker_is_not_begun_on_a_port_where_another_program_answers()
    {
        using var folder = new TemporaryFolder();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        Assert.That(
            () => LocalBroker.Start(folder.PathOf("broker"), firstPort: port),
            Throws.InvalidOperationException.With.Message.Contains($"Port {port} "));
    }

    private static FleetSnapshot? Ask(IClusterTransport transport)
    {
        try
        {
            return FleetClient.QueryAsync(transport, TimeSpan.FromSeconds(1), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (ClusterException)
        {
            return null;
        }
    }

    private static string CommandLineOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
