using System.Net;
using System.Text.Json;
using Engine.Gateway.Access;
using Engine.Gateway.Hosting;
using Engine.Tests.Support;
using Engine.Tooling;

namespace Engine.Tests.Server;

/// <summary>A line for each request, and no secret in any.</summary>
public sealed class RequestLogTests
{
    [Test]
    public async Task Each_request_is_a_line_of_json_without_secrets()
    {
        using var folder = new TemporaryFolder();
        string file = folder.PathOf("requests.log");
        await using (GatewayHost host = await StartAsync(
            $"RequestLog:Path={file}", "Access:Keys:0:Name=ann", $"Access:Keys:0:Hash={ApiKeyHash.Of("hush-hush")}"))
        {
            using var http = new HttpClient();
            await GetAsync("/health/live");
            await GetAsync("/api/v1/events/history?type=system_log&access_token=hush-hush");
            await GetAsync("/api/v1/events/history?access_token=wrong-one&resource_id=a%0D%0Ab");
            await GetAsync("/no/such%0Apath");
            using (HttpResponseMessage stream = await http.GetAsync(
                new Uri(host.Address + "/api/v1/events?access_token=hush-hush"), HttpCompletionOption.ResponseHeadersRead))
                Assert.That(stream.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Eventually.IsTrue(() => host.Gateway.Slots.Open == 0);

            async Task GetAsync(string path)
            {
                using HttpResponseMessage response = await http.GetAsync(new Uri(host.Address + path));
            }
        }

        string text = await File.ReadAllTextAsync(file);
        Assert.That(text, Does.Not.Contain("hush").And.Not.Contain("wrong-one"));
        JsonElement[] lines = [.. text.TrimEnd('\n').Split('\n').Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.That(
            lines.Select(static line => (
                line.GetProperty("path").GetString(), line.GetProperty("status").GetInt32(), line.GetProperty("user").GetString())),
            Is.EqualTo(
            [
                ("/health/live", 200, null), ("/api/v1/events/history", 200, "ann"), ("/api/v1/events/history", 401, null),
                ("/no/such\npath", 404, (string?)null), ("/api/v1/events", 200, "ann"),
            ]));
        Assert.That(lines[1].GetProperty("query").GetString(), Is.EqualTo("type=system_log&access_token=***"));
        Assert.That(lines[4].GetProperty("address").GetString(), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task File_that_cannot_be_written_is_told_and_a_full_disk_ends_nothing()
    {
        Assert.That(
            () => StartAsync("RequestLog:Path=/no/such/folder/file"),
            Throws.TypeOf<UsageException>().With.Message.StartsWith("RequestLog:Path: "));
        await using GatewayHost host = await StartAsync("RequestLog:Path=/dev/full");
        using var http = new HttpClient();
        for (int i = 0; i < 20; i++)
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(host.Address + "/health/live"));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    private static Task<GatewayHost> StartAsync(params string[] settings) => GatewayHost.StartAsync(
        "test", "--address", new IPEndPoint(IPAddress.Loopback, 0), HostConfiguration.Read([], settings), extension: null,
        CancellationToken.None);
}
