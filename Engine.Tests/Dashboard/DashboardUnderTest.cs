using System.Net;
using Engine.Server.Cli;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Engine.Tests.Dashboard;

/// <summary>The whole server, with a store and a webhook that takes nothing until it is told to.</summary>
internal sealed class DashboardUnderTest : IAsyncDisposable
{
    private readonly WebApplication _receiver;
    private readonly string _folder;
    private volatile bool _takes;
    private int _taken;

    private DashboardUnderTest(WebApplication receiver, string folder) => (_receiver, _folder) = (receiver, folder);

    public ServerHost Server { get; private set; } = null!;

    public string Address => Server.Address;

    /// <summary>Events that the webhook has taken.</summary>
    public int Taken => Volatile.Read(ref _taken);

    public static async Task<DashboardUnderTest> StartAsync(bool hasMachine)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication receiver = builder.Build();
        string folder = Directory.CreateTempSubdirectory("engine-dashboard-").FullName;
        var tested = new DashboardUnderTest(receiver, folder);
        receiver.MapPost("/hook", () => tested.Take());
        await receiver.StartAsync();
        tested.Server = await StartServerAsync(
            hasMachine, $"EventDriven:Store:Connection=Data Source={Path.Combine(folder, "events.db")}",
            $"Webhook:Url={receiver.Urls.First()}/hook");
        return tested;
    }

    public static Task<ServerHost> StartServerAsync(bool hasMachine, params string[] settings) =>
        StartServerAsync("0", hasMachine, settings);

    public static Task<ServerHost> StartServerAsync(string address, bool hasMachine, params string[] settings) =>
        ServerHost.StartAsync(new HostSettings(null, address, [], settings, !hasMachine), CancellationToken.None);

    /// <summary>From now on the webhook takes what it gets.</summary>
    public void LetWebhookTake() => _takes = true;

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _receiver.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private IResult Take()
    {
        if (!_takes)
            return Results.StatusCode((int)HttpStatusCode.InternalServerError);
        Interlocked.Increment(ref _taken);
        return Results.NoContent();
    }
}
