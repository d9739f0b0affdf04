using System.Diagnostics;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>Clients that nobody here wrote: each reads the stream in a process of its own.</summary>
[Category("Process")]
public sealed class ForeignClientTests
{
    private const int Total = 30;

    // The module is npm's, so a test of it needs the registry.
    private const string EventSourcePackage = "eventsource@4.1.1";

    [Test]
    public async Task Curl_prints_the_stream_as_it_comes()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Logs(Total / 2);
        using Process curl = Start("curl", "-sN", server.Events + "?type=system_log&limit=100");
        var got = new List<string>();
        string id = "";
        while (got.Count < Total && await ReadLineAsync(curl) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line["id: ".Length..];
            else if (line == "event: system_log")
                got.Add(id);
            else if (line == "event: caught-up")
                server.Logs(Total / 2); // What is published behind the history comes on the same connection.
        }

        curl.Kill();
        Assert.That(got, Is.EqualTo(Enumerable.Range(1, Total).Select(n => $"{server.Gateway.History.Epoch}:{n}")));
    }

    [Test]
    public async Task Python_reads_it_with_what_it_comes_with()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Logs(Total);
        using Process python = Start("/usr/bin/python3", "-c", $$"""
            import http.client, json
            connection = http.client.HTTPConnection("{{server.Address.Host}}", {{server.Address.Port}})
            connection.request("GET", "{{server.Events.AbsolutePath}}?type=system_log&limit=100", headers={"Accept": "text/event-stream"})
            answer = connection.getresponse()
            event, data, last = "message", [], ""
            while event != "caught-up":
                line = answer.readline().decode("utf-8").rstrip("\n")
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if name == "id": last = value
                elif name == "event": event = value
                elif name == "data": data.append(value)
                elif line == "" and data:
                    if event == "system_log":
                        print(last, json.loads("\n".join(data))["data"]["component"], flush=True)
                    if event != "caught-up": event, data = "message", []
            """);
        string output = await python.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.HangGuard);
        Assert.That(
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ')[0]),
            Is.EqualTo(Enumerable.Range(1, Total).Select(n => $"{server.Gateway.History.Epoch}:{n}")),
            await python.StandardError.ReadToEndAsync());
    }

    [Test]
    public async Task Npms_event_source_goes_on_over_a_server_that_dies_and_comes_back()
    {
        using var folder = new TemporaryFolder();
        // A registry that is slow or away is nothing that is tried here.
        string[] install =
        [
            "install", "--prefix", folder.PathOf(""), "--no-audit", "--no-fund", "--silent", "--fetch-retries=0",
            "--fetch-timeout=30000", EventSourcePackage,
        ];
        using (Process npm = Start("npm", install))
        {
            if (!npm.WaitForExit(Eventually.HangGuard))
            {
                npm.Kill(entireProcessTree: true);
                Assert.Ignore($"npm did not install {EventSourcePackage} in time.");
            }

            if (npm.ExitCode != 0)
                Assert.Ignore($"npm cannot install {EventSourcePackage}: {await npm.StandardError.ReadToEndAsync()}");
        }

        var history = new FrameRing();
        GatewayOptions options = new() { Retry = TimeSpan.FromMilliseconds(20), StopTimeout = TimeSpan.FromSeconds(1) };
        ServerUnderTest server = await ServerUnderTest.StartAsync(options, history: history);
        int port = server.Address.Port;
        server.Logs(Total / 2);
        using Process node = Start("node", "--input-type=module", "--eval", $$"""
            import { EventSource } from "{{folder.PathOf("node_modules")}}/eventsource/dist/index.js";
            const source = new EventSource("{{server.Events}}?limit=1000");
            source.addEventListener("system_log", (e) => {
              console.log(e.lastEventId.split(":")[1]);
              if (e.lastEventId.endsWith(":{{Total}}")) source.close();
            });
            """);
        var got = new List<string>();
        while (await ReadLineAsync(node) is { } line)
        {
            got.Add(line);
            if (got.Count != Total / 2)
                continue;
            await server.DisposeAsync();
            server = await ServerUnderTest.StartAsync(options, history: history, port: port);
            server.Logs(Total / 2);
        }

        Assert.That(got, Is.EqualTo(Enumerable.Range(1, Total).Select(static n => $"{n}")), await node.StandardError.ReadToEndAsync());
        await server.DisposeAsync();
    }

    private static async Task<string?> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.HangGuard);

    private static Process Start(string program, params string[] arguments)
    {
        try
        {
            return Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            Assert.Ignore($"{program} is not there: {error.Message}");
            throw;
        }
    }
}
