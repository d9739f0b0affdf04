using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;
using Engine.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Engine.Tests.Server;

/// <summary>What is refused, who is cut off, and that the others notice nothing.</summary>
public sealed class StreamLimitTests
{
    private const int StalledEvents = 4_000;

    [Test]
    public async Task All_that_is_wrong_is_said_at_once()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using HttpResponseMessage response = await server.Http.GetAsync(
            server.Events + "?type=foo&limit=0&limit=1&start_time=2024&end_time=&resource_id=&last_event_id=x&level=loud&unknown=1");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(
            json.RootElement.GetProperty("errors").EnumerateObject().Select(static error => error.Name),
            Is.EquivalentTo(["type", "limit", "start_time", "end_time", "resource_id", "last_event_id", "level", "unknown"]));
        Assert.That(json.RootElement.GetProperty("detail").GetString(), Does.Contain("container_metrics"));
    }

    [TestCase("?start_time=2024-03-20T10:00:00Z&end_time=2024-03-20T10:00:00Z")]
    [TestCase("?start_time=2024-03-20T10:00:00Z&end_time=2024-03-20T10:00:00%2B01:00")]
    [TestCase("?start_time=2024-03-20 10:00:00Z")]
    [TestCase("?start_time=2024-02-30T10:00:00Z")]
    [TestCase("?start_time=2024-03-20T10:00:00")]
    [TestCase("?limit=10001")]
    [TestCase("?limit=-1")]
    [TestCase("?limit=1e3")]
    [TestCase("?limit=%EF%BC%91")]
    [TestCase("?type=node_status,,")]
    [TestCase("?type=NODE_STATUS")]
    [TestCase("?resource_id=a%0D%0Ab")]
    [TestCase("?resource_id=a%00b")]
    [TestCase("?level=info&min_level=info")]
    [TestCase("?last_event_id=a:1&start_time=2024-03-20T10:00:00Z")]
    public async Task Parameter_is_refused(string query)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using HttpResponseMessage response = await server.Http.GetAsync(server.Events + query);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("?start_time=2024-03-20T10:00:00Z")]
    [TestCase("?start_time=2024-03-20t10:00:00.123456789z")]
    [TestCase("?start_time=2024-03-20T10:00:00+01:00")]
    [TestCase("?limit=10000")]
    [TestCase("?type=node_status&type=system_log,vm_rates")]
    public async Task Parameter_is_taken(string query)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using StreamUnderTest stream = await server.OpenAsync(query);
        Assert.That(await stream.ReadAsync(), Is.Not.Null);
    }

    [Test]
    public async Task Other_methods_and_other_media_types_are_refused()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Head, HttpMethod.Post, HttpMethod.Delete])
        {
            using HttpResponseMessage response = await server.Http.SendAsync(new HttpRequestMessage(method, server.Events));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed), method.Method);
        }

        foreach ((string accept, bool isGood) in ((string, bool)[])
            [("text/html", false), ("text/event-stream;q=0, */*", false), ("*/*", true), ("text/*;q=0.1, text/html", true)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.Events);
            request.Headers.TryAddWithoutValidation("Accept", accept);
            using HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.That(response.StatusCode, Is.EqualTo(isGood ? HttpStatusCode.OK : HttpStatusCode.NotAcceptable), accept);
        }
    }

    [Test]
    public async Task One_stream_too_many_is_refused_until_another_has_gone()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new GatewayOptions { MaxPerClient = 2 });
        StreamUnderTest one = await server.OpenAsync();
        using StreamUnderTest two = await server.OpenAsync();
        using HttpResponseMessage refused = await server.Http.GetAsync(server.Events);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter!.Delta, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1)));
        one.Dispose();
        Eventually.IsTrue(() => server.Gateway.Slots.Open == 1);
        using StreamUnderTest three = await server.OpenAsync();
        Assert.That(await three.ReadAsync(), Is.Not.Null);
    }

    [Test]
    public async Task Connects_and_aborts_leave_nothing_behind()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new GatewayOptions { MaxPerClient = 1_000_000 });
        byte[] request = Encoding.ASCII.GetBytes($"GET /api/v1/events HTTP/1.1\r\nHost: {server.Address.Authority}\r\n\r\n");
        for (int i = 0; i < 500; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
            await socket.SendAsync(request);
            if (i % 2 == 0)
                await socket.ReceiveAsync(new byte[64]);
            // A reset instead of an orderly end.
            socket.LingerState = new LingerOption(true, 0);
        }

        server.NothingIsLeft();
    }

    [TestCase(20, TestName = "Logger_that_throws_at_the_beginning_leaves_nothing_behind")]
    [TestCase(21, TestName = "Logger_that_throws_at_the_end_leaves_nothing_behind")]
    public async Task Logger_that_throws_leaves_nothing_behind(int eventId)
    {
        using var logs = new ThrowingLogs(eventId);
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(logs: logs);
        using (var stop = new CancellationTokenSource())
        {
            Task<HttpResponseMessage> asked = server.Http.GetAsync(server.Events, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            using HttpResponseMessage answer = await asked.WaitAsync(Eventually.HangGuard);
            Assert.That((int)answer.StatusCode, Is.EqualTo(eventId == 20 ? 500 : 200));
        }

        Eventually.IsTrue(() => logs.Thrown > 0);
        server.NothingIsLeft();
    }

    [Test]
    public async Task Client_that_takes_nothing_is_cut_off_and_the_others_get_all()
    {
        // No time passes while the others take what there is, however slowly.
        var time = new ManualTime();
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(
            new GatewayOptions { BufferEvents = 1_000_000, BufferBytes = 1 << 30 }, time: time);
        using Socket stalled = await ConnectAsync(server);
        using StreamUnderTest reader = await server.OpenAsync("?type=system_log");
        Eventually.IsTrue(() => server.Gateway.Slots.Open == 2);
        Task<List<Block>> reading = Task.Run(() => reader.ReadEventsAsync(StalledEvents));
        // More than the buffers of all sockets take.
        Flood(server);
        List<Block> blocks = await reading;
        Assert.That(blocks.Select(static block => block.Id).Distinct().Count(), Is.EqualTo(StalledEvents));
        Eventually.IsTrue(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return server.Gateway.GetStatistics().Ends[StreamEnd.WriteTimeout] == 1;
        });
        Eventually.IsTrue(() => server.Gateway.GetStatistics().WaitingBytes == 0);
    }

    [Test]
    public async Task Slow_client_may_miss_the_oldest_and_is_told_how_many()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new GatewayOptions
        {
            SlowClient = SlowClientPolicy.DropOldest,
            WriteTimeout = TimeSpan.FromMinutes(1),
            BufferEvents = 10,
            HistoryEvents = 1_000_000,
        });
        using StreamUnderTest stream = await server.OpenAsync("?type=system_log");
        Eventually.IsTrue(() => server.Gateway.Slots.Open == 1);
        // More than the sockets take: the stream waits for its client with more behind it than it may have.
        Flood(server);
        int published = StalledEvents;
        int events = 0;
        long dropped = 0;
        while (events + dropped < published && await stream.ReadEventAsync() is { } block)
        {
            if (block.Event == "gap")
            {
                using var gap = JsonDocument.Parse(block.Data!);
                Assert.That(gap.RootElement.GetProperty("reason").GetString(), Is.EqualTo("slow"));
                dropped += gap.RootElement.GetProperty("dropped").GetInt64();
            }
            else
            {
                events++;
            }
        }

        Assert.That(events + dropped, Is.EqualTo(published));
        Assert.That(dropped, Is.GreaterThan(0));
        Assert.That(server.Gateway.GetStatistics().Dropped, Is.EqualTo(dropped));
    }

    [Test]
    public async Task Stop_sends_what_is_there_and_when_to_come_back()
    {
        ServerUnderTest server = await ServerUnderTest.StartAsync();
        using StreamUnderTest stream = await server.OpenAsync();
        Eventually.IsTrue(() => server.Gateway.Slots.Open == 1);
        server.Log("last");
        await server.Gateway.StopAsync();
        using HttpResponseMessage refused = await server.Http.GetAsync(server.Events);
        Assert.That((refused.StatusCode, refused.Headers.RetryAfter is not null), Is.EqualTo((HttpStatusCode.ServiceUnavailable, true)));
        Assert.That((await stream.ReadEventAsync())!.Data, Does.Contain("last"));
        Block end = (await stream.ReadAsync())!;
        Assert.That(int.Parse(end.Retry!), Is.InRange(3000, 6000));
        Assert.That(await stream.ReadAsync(), Is.Null);
        await server.DisposeAsync();
        Assert.That(server.Gateway.GetStatistics().Ends[StreamEnd.Stopping], Is.EqualTo(1));
    }

    [Test]
    public async Task Event_that_cannot_go_out_is_counted_and_reported_and_the_stream_goes_on()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new GatewayOptions { MaxEventBytes = 1024 });
        var skipped = new List<SkippedEvent>();
        server.Gateway.OnSkipped = one =>
        {
            skipped.Add(one);
            throw new InvalidOperationException("foreign code");
        };
        using StreamUnderTest stream = await server.OpenAsync();
        Eventually.IsTrue(() => server.Gateway.Slots.Open == 1);
        Assert.That(Publish("loud", "m", "log"), Is.EqualTo(GatewayPublishOutcome.Invalid));
        Assert.That(Publish("info", "m", " "), Is.EqualTo(GatewayPublishOutcome.Invalid));
        Assert.That(Publish("info", new string('x', 2000), "log"), Is.EqualTo(GatewayPublishOutcome.TooLarge));
        Assert.That(Publish("info", "\ud800 \r\n\0 <&>", "log\r\nid: 9"), Is.EqualTo(GatewayPublishOutcome.Published));
        Block block = (await stream.ReadEventAsync())!;
        using var json = JsonDocument.Parse(block.Data!);
        Assert.That(json.RootElement.GetProperty("resource_id").GetString(), Is.EqualTo("log\r\nid: 9"));
        Assert.That(skipped.Select(static one => one.Outcome), Is.EqualTo(
            [GatewayPublishOutcome.Invalid, GatewayPublishOutcome.Invalid, GatewayPublishOutcome.TooLarge]));

        GatewayPublishOutcome Publish(string level, string message, string resource) =>
            server.Gateway.Publish(new SystemLog(level, "c", message, "s", null, null), resource);
    }

    // Publishes more than the buffers of all sockets take.
    private static void Flood(ServerUnderTest server)
    {
        string message = new('x', 4000);
        for (int i = 1; i <= StalledEvents; i++)
        {
            server.Log(message);
            // What others take meanwhile is not held back by this thread.
            if (i % 16 == 0)
                Thread.Yield();
        }
    }

    private static async Task<Socket> ConnectAsync(ServerUnderTest server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/v1/events HTTP/1.1\r\nHost: {server.Address.Authority}\r\n\r\n"));
        return socket;
    }

    /// <summary>Loggers that throw where one kind of line is to be written.</summary>
    private sealed class ThrowingLogs(int eventId) : ILoggerProvider, ILogger
    {
        private int _thrown;

        public int Thrown => Volatile.Read(ref _thrown);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (id.Id != eventId || !formatter(state, exception).StartsWith("Stream ", StringComparison.Ordinal))
                return;
            Interlocked.Increment(ref _thrown);
            throw new InvalidOperationException("no disk");
        }

        public void Dispose()
        {
            // Nothing to close.
        }
    }
}
