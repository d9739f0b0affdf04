using System.Net;
using Engine.Gateway.Events;
using Engine.Gateway.Hosting;
using Engine.Server.Telemetry;
using Engine.Tests.Support;
using Engine.Tooling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Engine.Tests.Server;

/// <summary>The host's figures where monitoring looks for them.</summary>
[NonParallelizable]
public sealed class TelemetryTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    [TearDown]
    public void ForgetCollector()
    {
        Environment.SetEnvironmentVariable(Endpoint, null);
        Environment.SetEnvironmentVariable(Protocol, null);
    }

    [Test]
    public async Task Prometheus_scrapes_gateway_bus_and_runtime()
    {
        await using GatewayHost host = await StartAsync();
        host.Gateway.Publish(new SystemLog("info", "test", "text", "test", null, null), "log");
        host.Bus.Publish(new NodeStatus("a", "b", "c", new(null, null)));
        using var http = new HttpClient();
        string text = await http.GetStringAsync(new Uri(host.Address + "/metrics"));
        Assert.That(text, Does.Match(@"(?m)^engine_sse_published_\w*total\S* [1-9]"));
        Assert.That(text, Does.Match(@"(?m)^engine_bus_events_published_\w*total\{[^}]*server[^}]*\} [1-9]"));
        Assert.That(text, Does.Contain("engine_sse_streams").And.Contain("dotnet_gc"));
    }

    [Test]
    public async Task Figures_need_the_key_where_there_is_one()
    {
        await using GatewayHost host = await StartAsync(
            "Access:Keys:0:Name=a", $"Access:Keys:0:Hash={Engine.Gateway.Access.ApiKeyHash.Of("secret")}",
            "Access:Keys:1:Name=b", $"Access:Keys:1:Hash={Engine.Gateway.Access.ApiKeyHash.Of("other")}",
            "Access:Keys:1:Types:0=system_log");
        using var http = new HttpClient();
        Assert.That(await StatusAsync(null), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await StatusAsync("secret"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync("other"), Is.EqualTo(HttpStatusCode.Forbidden));

        async Task<HttpStatusCode> StatusAsync(string? key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address + "/metrics"));
            if (key is not null)
                request.Headers.Add("X-Api-Key", key);
            using HttpResponseMessage response = await http.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Test]
    public async Task Collector_that_the_environment_names_gets_the_figures_at_the_latest_at_the_end()
    {
        int bytes = 0;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication collector = builder.Build();
        collector.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            Interlocked.Add(ref bytes, (int)body.Length);
        });
        await collector.StartAsync();
        Environment.SetEnvironmentVariable(Endpoint, collector.Urls.First());
        Environment.SetEnvironmentVariable(Protocol, "http/protobuf");
        await using (GatewayHost host = await StartAsync())
            host.Gateway.Publish(new SystemLog("info", "test", "text", "test", null, null), "log");
        Eventually.IsTrue(() => Volatile.Read(ref bytes) > 0);
    }

    [Test]
    public void Address_of_a_collector_that_is_none_is_told()
    {
        Environment.SetEnvironmentVariable(Endpoint, "nowhere");
        Assert.That(Exporters.Create, Throws.TypeOf<UsageException>().With.Message.Contains(Endpoint));
    }

    private static Task<GatewayHost> StartAsync(params string[] settings) => GatewayHost.StartAsync(
        "test", "--address", new IPEndPoint(IPAddress.Loopback, 0), HostConfiguration.Read([], settings), Exporters.Create(),
        CancellationToken.None);
}
