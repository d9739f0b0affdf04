using System.Net;
using System.Text.Json;
using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Transport;
using Engine.Gateway.Access;
using Engine.Server.Cli;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;
using Engine.Tooling;
using Microsoft.Playwright;

namespace Engine.Tests.Dashboard;

/// <summary>A fleet in the server's endpoints and on its page.</summary>
[Parallelizable]
public sealed class FleetPageTests
{
    [Test]
    public async Task A_fleet_is_answered_and_shown_and_its_hub_that_is_away_is_told()
    {
        using TestBroker broker = TestBroker.Start();
        await using NatsTransport transport = broker.Connect();
        var registry = new FleetRegistry(transport);
        registry.Start();
        await using ServerHost server = await DashboardUnderTest.StartServerAsync(hasMachine: false, $"Fleet:Url={broker.Broker.Url}");
        registry.Note("one", Heartbeat("one", new PublisherStatistics(
            "0123456789abcdef", 12, 10, 0, 0, 0, 0, 0, 4096, 0, ClusterFault.StreamFull, "full up")));
        registry.Note("two", Heartbeat("two", null));
        JsonElement? answer = null;
        // Its listener may not be there at once.
        Eventually.IsTrue(() => (answer = GetAsync(server, "").Result.Body) is { } body && body.TryGetProperty("hosts", out _));
        JsonElement host = answer!.Value.GetProperty("hosts")[0];
        Assert.That(answer.Value.GetProperty("host_count").GetInt32(), Is.EqualTo(2));
        Assert.That(
            (host.GetProperty("name").GetString(), host.GetProperty("stored").GetInt64(), host.GetProperty("unsent").GetInt64(),
                host.GetProperty("in_flight").GetInt64(), host.GetProperty("fault").GetString()),
            Is.EqualTo(("one", 12L, 2L, 10L, "StreamFull")));
        Assert.That((await GetAsync(server, "?after=one&state=live")).Body!.Value.GetProperty("hosts").GetArrayLength(), Is.EqualTo(1));
        JsonElement top = (await GetAsync(server, "/top?by=vm.instruction")).Body!.Value.GetProperty("at_source")[0];
        Assert.That((top.GetProperty("host").GetString(), top.GetProperty("events").GetInt64()), Is.EqualTo(("one", 5_000_000L)));
        (HttpStatusCode wrong, _, string problems) = await GetAsync(server, "?limit=0&state=lost&x=1");
        Assert.That(wrong, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(problems, Does.Contain("limit must").And.Contain("state must").And.Contain("x is no parameter"));
        await ShowAsync(server);
        await registry.DisposeAsync();
        Eventually.IsTrue(() => GetAsync(server, "").Result.Status == HttpStatusCode.ServiceUnavailable);
    }

    [Test]
    public async Task A_fleet_that_is_not_configured_or_not_to_be_seen_is_told_plainly()
    {
        await using ServerHost server = await DashboardUnderTest.StartServerAsync(hasMachine: false);
        (HttpStatusCode none, _, string text) = await GetAsync(server, "");
        Assert.That((none, text.Contains("set Fleet:Url", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.NotFound, true)));
        await using ServerHost guarded = await DashboardUnderTest.StartServerAsync(
            hasMachine: false, "Access:Keys:0:Name=b", $"Access:Keys:0:Hash={ApiKeyHash.Of("logs")}", "Access:Keys:0:Types:0=system_log");
        Assert.That((await GetAsync(guarded, "")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await GetAsync(guarded, "/top", "logs")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase("Fleet:Url=http://x", "Fleet:Url must be an address")]
    [TestCase("Fleet:Shards=8", "Fleet:Shards is no setting")]
    public void Settings_of_a_fleet_that_are_wrong_are_told_before_anything_starts(string setting, string text)
    {
        UsageException error = Assert.ThrowsAsync<UsageException>(
            () => DashboardUnderTest.StartServerAsync(hasMachine: false, setting))!;
        Assert.That(error.Message, Does.Contain(text));
    }

    private static async Task ShowAsync(ServerHost server)
    {
        Browser browser = await SharedBrowser.GetAsync();
        await using Tab tab = await browser.OpenAloneAsync(server.Address + "/fleet", width: 390, height: 844);
        var patience = new LocatorAssertionsToBeVisibleOptions { Timeout = Browser.PatienceMs };
        await Assertions.Expect(tab.Heading("Fleet")).ToBeVisibleAsync(patience);
        await Assertions.Expect(tab.Page.GetByText("StreamFull: full up").First).ToBeVisibleAsync(patience);
        await Assertions.Expect(tab.Page.GetByText("5,000,000").First).ToBeVisibleAsync(patience);
        Assert.That(
            await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(390),
            "A phone must not have to scroll the page sideways.");
        Assert.That(tab.Complaints, Is.Empty);
    }

    private static HostHeartbeat Heartbeat(string host, PublisherStatistics? publisher) => new(
        host, DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow, false,
        new HostCapacity(2, 1 << 30, 1, 0) { Counts = host == "one" ? [new SourceCount("vcpu0", "vm.instruction", 5_000_000)] : [] },
        publisher);

    private static async Task<(HttpStatusCode Status, JsonElement? Body, string Text)> GetAsync(
        ServerHost server, string path, string? key = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{server.Address}/api/v1/fleet{path}"));
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        using HttpResponseMessage response = await http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, response.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : null, text);
    }
}
