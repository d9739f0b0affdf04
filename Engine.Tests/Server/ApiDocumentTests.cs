using System.Net;
using System.Text.Json.Nodes;
using Engine.Gateway.Events;
using Engine.Server.Cli;
using Engine.Server.Description;
using Engine.Tests.Emulator.Cli;
using Engine.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Tests.Server;

/// <summary>The description of the endpoints: complete, and true.</summary>
public sealed class ApiDocumentTests
{
    private TemporaryFolder _folder = null!;
    private ServerHost _server = null!;
    private HttpClient _http = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = new TemporaryFolder();
        EmulatorProcess run = EmulatorProcess.Run("run", "--record", _folder.PathOf("journal"), "--max-instructions", "2000000", "--quiet");
        Assert.That(Directory.Exists(_folder.PathOf("journal")), run.Error);
        _http = new HttpClient();
        _server = await ServerHost.StartAsync(
            new HostSettings(
                null, "0", [],
                [$"EventDriven:Store:Connection=Data Source={_folder.PathOf("a.db")}", $"Journal:Directory={_folder.PathOf("journal")}"],
                HasNoMachine: true),
            CancellationToken.None);
        _server.Gateway.Bus.Publish(new NodeStatus("a", "b", "c", new(null, null)));
        _server.Gateway.Gateway.Publish(new SystemLog("info", "test", "text", "test", null, null), "log");
        await WaitForAsync("/api/v1/store/events", "node.status");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _http?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Each_endpoint_is_described()
    {
        JsonObject paths = (await DocumentAsync())["paths"]!.AsObject();
        RouteEndpoint[] endpoints =
        [
            .. _server.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                .Where(ApiDocument.IsDescribed),
        ];
        Assert.That(endpoints, Has.Length.GreaterThan(15));
        foreach (RouteEndpoint endpoint in endpoints)
        {
            foreach (string method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                JsonNode? operation = paths[ApiDocument.PathOf(endpoint)]?[method.ToLowerInvariant()];
                Assert.That(operation, Is.Not.Null, $"{method} {ApiDocument.PathOf(endpoint)}");
                Assert.That((string?)operation!["summary"], Is.Not.Empty);
            }
        }

        Assert.That(paths.Count, Is.EqualTo(endpoints.Select(ApiDocument.PathOf).Distinct().Count()), "What is described must be there.");
    }

    [Test]
    public async Task Parameters_that_are_described_are_known_and_others_are_not()
    {
        JsonObject paths = (await DocumentAsync())["paths"]!.AsObject();
        foreach (string path in (string[])["/api/v1/events/history", "/api/v1/store/events", "/api/v1/outbox", "/api/v1/dead-letters"])
        {
            string[] names = [.. paths[path]!["get"]!["parameters"]!.AsArray().Select(static one => (string)one!["name"]!)];
            // One value that is wrong, so that all problems are told.
            using HttpResponseMessage response = await _http.GetAsync(new Uri(
                $"{_server.Address}{path}?unknown=1&{string.Join('&', names.Select(static name => $"{name}="))}"));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), path);
            JsonObject errors = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]!.AsObject();
            Assert.That(errors.Where(static error => error.Value!.ToJsonString().Contains("no parameter", StringComparison.Ordinal)
                || error.Value!.ToJsonString().Contains("not known", StringComparison.Ordinal)).Select(static error => error.Key),
                Is.SubsetOf(["unknown"]), path);
            Assert.That(errors.ContainsKey("unknown"), path);
        }
    }

    [Test]
    public async Task Answers_are_as_they_are_described()
    {
        JsonNode document = await DocumentAsync();
        int compared = 0;
        foreach ((string path, JsonNode? item) in document["paths"]!.AsObject())
        {
            if (item!["get"]?["responses"]?["200"]?["content"]?["application/json"]?["schema"] is not { } schema)
                continue;
            using HttpResponseMessage response = await _http.GetAsync(
                new Uri(_server.Address + path.Replace("{id}", "1").Replace("{name}", "a")));
            string text = await response.Content.ReadAsStringAsync();
            if (response.StatusCode != HttpStatusCode.OK)
            {
                // There are no letters, no streams and no fleet here.
                bool isMissing = path.Contains('{') || path.StartsWith("/api/v1/fleet", StringComparison.Ordinal);
                Assert.That((isMissing, response.StatusCode), Is.EqualTo((true, HttpStatusCode.NotFound)), path);
                Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
                continue;
            }

            Assert.That(JsonShape.FindProblems(JsonNode.Parse(text), schema, document), Is.Empty, path);
            compared++;
        }

        Assert.That(compared, Is.GreaterThanOrEqualTo(10));
    }

    [Test]
    public async Task Journal_that_a_machine_recorded_is_counted()
    {
        JsonNode journal = JsonNode.Parse(await _http.GetStringAsync(new Uri($"{_server.Address}/api/v1/journal")))!;
        Assert.That((long)journal["events"]!, Is.GreaterThan(1000));
        Assert.That((bool)journal["is_whole"]!, Is.True);
        Assert.That((double)journal["bits_per_event"]!, Is.InRange(0.01, 200));
        Assert.That(
            journal["events_by_type"]!.AsArray().Select(static type => (string)type!["name"]!), Does.Contain("vm.block"));
        Assert.That(journal["events_by_type"]!.AsArray().Sum(static type => (long)type!["count"]!), Is.EqualTo((long)journal["events"]!));
        Assert.That(
            journal["segments"]!.AsArray().Sum(static one => (long)one!["bytes"]!), Is.GreaterThanOrEqualTo((long)journal["bytes"]!));
    }

    private async Task<JsonNode> DocumentAsync() =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri(_server.Address + ApiDocument.Path)))!;

    private async Task WaitForAsync(string path, string text)
    {
        while (!(await _http.GetStringAsync(new Uri(_server.Address + path))).Contains(text, StringComparison.Ordinal))
            await Task.Delay(20);
    }
}
