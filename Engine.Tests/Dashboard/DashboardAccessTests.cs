using System.Net;
using Engine.Gateway.Access;
using Engine.Server.Cli;
using Engine.Tooling;

namespace Engine.Tests.Dashboard;

/// <summary>Who gets pages and endpoints of storage, and what is told to those who do not.</summary>
public sealed class DashboardAccessTests
{
    private static readonly string[] s_endpoints =
    [
        "store", "store/events", "store/streams", "store/streams/a", "subscriptions", "outbox", "dead-letters", "dead-letters/1", "journal",
        "metrics/events",
    ];

    [Test]
    public async Task Page_of_somebody_else_gets_neither_pages_nor_a_connection()
    {
        await using ServerHost server = await DashboardUnderTest.StartServerAsync(hasMachine: false);
        Assert.Multiple(async () =>
        {
            Assert.That(await StatusAsync(server, "/", ("Host", "evil.example")), Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(await StatusAsync(server, "/bus", ("X-Forwarded-For", "10.0.0.1")), Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(await StatusAsync(server, "/_blazor/negotiate", ("Host", "evil.example")), Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(await StatusAsync(server, "/_blazor/", ("Origin", "http://evil.example")), Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(await StatusAsync(server, "/bus"), Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [Test]
    public async Task Pages_take_scripts_from_nowhere_else_and_files_are_asked_for_once()
    {
        await using ServerHost server = await DashboardUnderTest.StartServerAsync(hasMachine: false);
        using var http = new HttpClient();
        using HttpResponseMessage page = await http.GetAsync(new Uri(server.Address + "/"));
        Assert.That(page.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("script-src 'self';"));
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Not.Contain("https://"));
        using HttpResponseMessage script = await http.GetAsync(new Uri(server.Address + "/dashboard.js"));
        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address + "/dashboard.js"));
        again.Headers.IfNoneMatch.Add(script.Headers.ETag!);
        using HttpResponseMessage second = await http.SendAsync(again);
        Assert.That((script.StatusCode, second.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.NotModified)));
    }

    [Test]
    public async Task Storage_that_is_not_configured_is_told_plainly()
    {
        await using ServerHost server = await DashboardUnderTest.StartServerAsync(hasMachine: false);
        using var http = new HttpClient();
        foreach (string endpoint in s_endpoints)
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri($"{server.Address}/api/v1/{endpoint}"));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), endpoint);
            Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("is configured: set "), endpoint);
        }

        Assert.That(await http.GetStringAsync(new Uri(server.Address + "/api/v1/bus")), Does.Contain("\"state\":\"Running\""));
    }

    [Test]
    public async Task Storage_needs_a_key_that_may_see_all()
    {
        await using ServerHost server = await DashboardUnderTest.StartServerAsync(
            hasMachine: false, "Access:Keys:0:Name=a", $"Access:Keys:0:Hash={ApiKeyHash.Of("all")}", "Access:Keys:1:Name=b",
            $"Access:Keys:1:Hash={ApiKeyHash.Of("logs")}", "Access:Keys:1:Types:0=system_log");
        foreach (string endpoint in s_endpoints.Append("bus"))
        {
            string path = "/api/v1/" + endpoint;
            Assert.That(await StatusAsync(server, path), Is.EqualTo(HttpStatusCode.Unauthorized), endpoint);
            Assert.That(await StatusAsync(server, path, ("X-Api-Key", "logs")), Is.EqualTo(HttpStatusCode.Forbidden), endpoint);
            Assert.That(
                await StatusAsync(server, path, ("X-Api-Key", "all")), Is.AnyOf(HttpStatusCode.NotFound, HttpStatusCode.OK), endpoint);
        }
    }

    [Test]
    public async Task Parameters_that_are_wrong_are_all_told_and_other_pages_change_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("engine-store-").FullName;
        await using (ServerHost server = await DashboardUnderTest.StartServerAsync(
            hasMachine: false, $"EventDriven:Store:Connection=Data Source={Path.Combine(folder, "a.db")}"))
        {
            using var http = new HttpClient();
            using HttpResponseMessage wrong = await http.GetAsync(new Uri(
                server.Address + "/api/v1/store/events?limit=0&before=x&start_time=now&correlation_id=1&type=a..b&typ=c"));
            string text = await wrong.Content.ReadAsStringAsync();
            Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            foreach (string name in (string[])["limit", "before", "start_time", "correlation_id", "type", "typ"])
                Assert.That(text, Does.Contain($"\"{name}\":"));

            Uri discard = new(server.Address + "/api/v1/dead-letters/discard");
            using HttpResponseMessage all = await http.PostAsync(discard, null);
            Assert.That(all.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), "Nothing named must not mean everything.");
            using var foreign = new HttpRequestMessage(HttpMethod.Post, discard + "?id=1&reason=x");
            foreign.Headers.Add("Origin", "http://evil.example");
            using HttpResponseMessage refused = await http.SendAsync(foreign);
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Settings_of_storage_that_are_wrong_are_told_before_anything_starts()
    {
        UsageException error = Assert.ThrowsAsync<UsageException>(static () => DashboardUnderTest.StartServerAsync(
            hasMachine: false, "EventDriven:Store:Conection=x", "Webhook:Url=ftp://a", "Webhook:Adress=b", "Journal:Dir=c"))!;
        Assert.That(error.Message, Does.Contain("Conection").And.Contain("Webhook:Url must be").And.Contain("Webhook:Adress")
            .And.Contain("Journal:Dir is no setting"));
    }

    private static async Task<HttpStatusCode> StatusAsync(ServerHost server, string path, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address + path));
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
