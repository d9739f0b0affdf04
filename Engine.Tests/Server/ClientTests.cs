using System.Diagnostics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Engine.Gateway.Client;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Tests.Architecture;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>Clients that go on when the server dies in the middle: the library's own, and the script for browsers.</summary>
public sealed class ClientTests
{
    private const int Total = 60;

    private static readonly EventStreamClientOptions Quick = new()
    {
        MinBackoff = TimeSpan.FromMilliseconds(20),
        MaxBackoff = TimeSpan.FromMilliseconds(200),
    };

    private static GatewayOptions QuickRetry => new() { Retry = TimeSpan.FromMilliseconds(20), StopTimeout = TimeSpan.FromSeconds(1) };

    [Test]
    public async Task Each_event_comes_once_over_a_server_that_dies_and_comes_back()
    {
        var history = new FrameRing();
        ServerUnderTest server = await ServerUnderTest.StartAsync(QuickRetry, history: history);
        int port = server.Address.Port;
        int disconnects = 0;
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var client = new EventStreamClient(http, new Uri(server.Events + "?limit=1000"), Quick with
        {
            OnDisconnected = (_, _) => disconnects++,
        });
        server.Logs(20);
        var got = new List<string>();
        await foreach (ReceivedEvent @event in client.ReadAsync())
        {
            Assert.That(@event.TryGet(out SystemLog? log), Is.True);
            got.Add(@event.Id[(@event.Id.IndexOf(':') + 1)..]);
            if (got.Count is 20 or 40)
            {
                await server.DisposeAsync();
                server = await ServerUnderTest.StartAsync(QuickRetry, history: history, port: port);
                server.Logs(20);
            }

            if (got.Count == Total)
                break;
        }

        Assert.That(got, Is.EqualTo(Enumerable.Range(1, Total).Select(static i => $"{i}")));
        Assert.That(disconnects, Is.GreaterThanOrEqualTo(2));
        await server.DisposeAsync();
    }

    private static IEnumerable<EventStreamClientOptions> WrongOptions =>
    [
        Quick with { MinBackoff = TimeSpan.Zero }, Quick with { MinBackoff = TimeSpan.FromSeconds(-1) },
        Quick with { MinBackoff = TimeSpan.MaxValue, MaxBackoff = TimeSpan.MaxValue }, Quick with { MaxBackoff = TimeSpan.Zero },
        Quick with { MaxBackoff = TimeSpan.FromMilliseconds(19) }, Quick with { MaxBackoff = TimeSpan.MaxValue },
        Quick with { ReadTimeout = TimeSpan.Zero }, Quick with { ReadTimeout = TimeSpan.MaxValue },
    ];

    [TestCaseSource(nameof(WrongOptions))]
    public void Waits_that_would_be_none_or_without_end_are_refused(EventStreamClientOptions options)
    {
        using var http = new HttpClient();
        Assert.That(
            () => new EventStreamClient(http, new Uri("http://localhost/"), options),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("of a client must be"));
    }

    [Test]
    public async Task A_server_that_wants_centuries_is_asked_again_and_what_is_no_event_is_told()
    {
        var waits = new List<TimeSpan>();
        using var stop = new CancellationTokenSource();
        using var http = new HttpClient(new Canned(
            static () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Headers = { { "Retry-After", "2147483647" } } }));
        var client = new EventStreamClient(http, new Uri("http://localhost/"), Quick with
        {
            OnDisconnected = (_, wait) =>
            {
                waits.Add(wait);
                stop.Cancel();
            },
        });
        Assert.That(
            async () => await client.ReadAsync(stop.Token).GetAsyncEnumerator(stop.Token).MoveNextAsync(),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(waits, Is.EqualTo(new[] { TimeSpan.FromDays(1) }));

        foreach (string data in (string[])["no JSON", "{}", "[]", "{\"timestamp\":5}"])
        {
            using var bad = new HttpClient(new Canned(() => new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent($"id: e:5\nevent: system_log\ndata: {data}\n\n", Encoding.UTF8, "text/event-stream"),
            }));
            var reader = new EventStreamClient(bad, new Uri("http://localhost/"), Quick);
            await using IAsyncEnumerator<ReceivedEvent> events = reader.ReadAsync().GetAsyncEnumerator();
            Assert.That(async () => await events.MoveNextAsync(), Throws.TypeOf<InvalidDataException>().With.Message.Contains("e:5"));
            Assert.That(reader.LastEventId, Is.EqualTo("e:5"));
        }
    }

    [Test]
    public async Task Gap_and_reset_are_told()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new GatewayOptions { HistoryEvents = 5 });
        server.Logs(10);
        StreamGap? gap = null;
        StreamReset? reset = null;
        int caughtUp = 0;
        foreach (string cursor in (string[])[$"{server.Gateway.History.Epoch}:1", "other:1"])
        {
            var client = new EventStreamClient(server.Http, server.Events, Quick with
            {
                LastEventId = cursor,
                OnGap = one => gap = one,
                OnReset = one => reset = one,
                OnCaughtUp = () => caughtUp++,
            });
            int count = 0;
            await foreach (ReceivedEvent @event in client.ReadAsync())
            {
                if (++count == 5)
                    break;
            }
        }

        Assert.That(gap, Is.EqualTo(new StreamGap(2, 5, "trimmed", null)));
        Assert.That(reset, Is.EqualTo(new StreamReset(server.Gateway.History.Epoch, 6, "epoch")));
    }

    [Test]
    public async Task Client_ends_where_the_range_ends_and_does_not_insist_where_it_is_refused()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Log("only");
        string end = DateTimeOffset.UtcNow.AddSeconds(1).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
        var client = new EventStreamClient(server.Http, new Uri(server.Events + $"?limit=10&end_time={end}"), Quick);
        int count = 0;
        await foreach (ReceivedEvent _ in client.ReadAsync())
            count++;
        Assert.That(count, Is.EqualTo(1));
        var wrong = new EventStreamClient(server.Http, new Uri(server.Events + "?limit=0"), Quick);
        HttpRequestException error = Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            await foreach (ReceivedEvent _ in wrong.ReadAsync())
            {
            }
        })!;
        Assert.That(error.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Parser_of_the_platform_reads_the_stream()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Logs(3);
        using Stream stream = await server.Http.GetStreamAsync(server.Events + "?limit=3");
        SseParser<string> parser = SseParser.Create(stream);
        var types = new List<string>();
        await foreach (SseItem<string> item in parser.EnumerateAsync())
        {
            types.Add(item.EventType);
            if (types.Count == 4)
                break;
        }

        Assert.That(types, Is.EqualTo(["system_log", "system_log", "system_log", "caught-up"]));
        Assert.That(parser.LastEventId, Is.EqualTo($"{server.Gateway.History.Epoch}:3"));
        Assert.That(parser.ReconnectionInterval, Is.EqualTo(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public async Task Block_that_is_cut_off_behind_its_id_comes_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var requests = new List<string>();
        const string Data = """data: {"timestamp":"2026-01-01T00:00:00Z","resource_id":"r","data":{}}""" + "\n";
        string[] answers = [$"id: e:1\n{Data}\nid: e:2\n{Data}", "id: e:2\n\n", "id: e:3\r\n\r\nid: e:4\n"];
        Task serving = Task.Run(async () =>
        {
            foreach (string answer in answers.Append(""))
            {
                using TcpClient connection = await listener.AcceptTcpClientAsync();
                NetworkStream stream = connection.GetStream();
                requests.Add(await ReadRequestAsync(stream));
                string status = answer.Length == 0 ? "204 No Content" : "200 OK\r\nContent-Type: text/event-stream";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n{answer}"));
            }
        });
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var client = new EventStreamClient(http, new Uri($"http://{listener.LocalEndpoint}/"), Quick);
        var got = new List<string>();
        await foreach (ReceivedEvent @event in client.ReadAsync())
            got.Add(@event.Id);
        await serving;
        Assert.That(got, Is.EqualTo(["e:1"]));
        Assert.That(
            requests.Select(static request => Regex.Match(request, "(?i)last-event-id: (.*)\r").Groups[1].Value),
            Is.EqualTo(["", "e:1", "e:2", "e:3"]));
    }

    [Test]
    public async Task Script_goes_on_over_a_server_that_dies_and_comes_back()
    {
        var history = new FrameRing();
        ServerUnderTest server = await ServerUnderTest.StartAsync(QuickRetry, history: history);
        int port = server.Address.Port;
        server.Logs(20);
        using Process node = StartNode($$"""
            import { connect } from "./engine-events.mjs";
            const stream = connect("{{server.Events}}?limit=1000", {
              event(e) { console.log("event " + e.id.split(":")[1]); if (e.id.endsWith(":{{Total}}")) stream.close(); },
              reset(r) { console.log("reset " + r.reason); },
              gap(g) { console.log("gap " + g.from + " " + g.to); },
              state(s) { if (s.state !== "open") console.log("state " + s.state); },
            }, { minWait: 20, maxWait: 200 });
            """);
        int events = 0;
        var others = new HashSet<string>();
        while (await node.StandardOutput.ReadLineAsync().WaitAsync(Eventually.HangGuard) is { } line)
        {
            if (!line.StartsWith("event ", StringComparison.Ordinal))
            {
                others.Add(line);
                continue;
            }

            Assert.That(line, Is.EqualTo($"event {++events}"));
            if (events is not (20 or 40))
                continue;
            await server.DisposeAsync();
            server = await ServerUnderTest.StartAsync(QuickRetry, history: history, port: port);
            server.Logs(20);
        }

        Assert.That(events, Is.EqualTo(Total), node.StandardError.ReadToEnd());
        Assert.That(others, Is.EqualTo(["state waiting"]));
        await server.DisposeAsync();
    }

    [Test]
    public void Script_parses_as_the_standard_says()
    {
        using Process node = StartNode("""
            import { EventStreamParser } from "./engine-events.mjs";
            const cases = [
              "data: a\n\n", "data:a\r\rdata: b\r\n\r\n", "\ufeffdata: a\n\n", ": c\n\ndata: a\ndata:\ndata:  b\n\n",
              "data\n\n", "id: 1\n\n",
              "id: 1\ndata: a\n\nid: x\0\ndata: b\n\n", "retry: 1x\nretry: 20\ndata: a\n\n", "event: e\n\ndata: a\n\n", "data: cut\n",
              "id: 1\ndata: a\n\nid: 2\ndata: cut\n"];
            for (const text of cases) {
              const bytes = new TextEncoder().encode(text);
              const results = [bytes.length, 1].map((size) => {
                const parser = new EventStreamParser();
                const blocks = [];
                for (let i = 0; i < bytes.length; i += size) blocks.push(...parser.push(bytes.slice(i, i + size)));
                return JSON.stringify([blocks.map((b) => [b.id, b.event, b.data]), parser.lastEventId, parser.retry]);
              });
              console.log(results[0] === results[1] ? results[0] : "differs: " + results.join(" "));
            }
            """);
        string[] lines = node.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Is.EqualTo(
        [
            """[[["","message","a"]],"",null]""",
            """[[["","message","a"],["","message","b"]],"",null]""",
            """[[["","message","a"]],"",null]""",
            """[[["","message","a\n\n b"]],"",null]""",
            """[[["","message",""]],"",null]""",
            """[[],"1",null]""",
            """[[["1","message","a"],["1","message","b"]],"1",null]""",
            """[[["","message","a"]],"",20]""",
            """[[["","message","a"]],"",null]""",
            """[[],"",null]""",
            """[[["1","message","a"]],"1",null]""",
        ]), node.StandardError.ReadToEnd());
    }

    private static async Task<string> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer);
            if (count == 0)
                break;
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    private static Process StartNode(string script)
    {
        if (!File.Exists("/usr/bin/node"))
            Assert.Ignore("Node is not there.");
        string folder = Directory.CreateTempSubdirectory("engine-script-").FullName;
        File.Copy(Path.Combine(SourceTree.Root, "Engine.Gateway", "Pages", "engine-events.js"), Path.Combine(folder, "engine-events.mjs"));
        File.WriteAllText(Path.Combine(folder, "test.mjs"), script);
        return Process.Start(new ProcessStartInfo("/usr/bin/node", ["test.mjs"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private sealed class Canned(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer());
    }
}
