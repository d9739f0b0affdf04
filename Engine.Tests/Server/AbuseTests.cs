using System.Net;
using System.Net.Sockets;
using System.Text;
using Engine.Gateway.Events;
using Engine.Gateway.Hosting;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>What no honest client sends, byte by byte: each has its status, and others miss nothing.</summary>
public sealed class AbuseTests
{
    private const string Path = "/api/v1/events";

    private static readonly string[] s_fields =
    [
        "type", "resource_id", "source", "node_id", "pipeline_id", "level", "min_level", "start_time", "end_time", "limit",
        "last_event_id", "filter", "unknown",
    ];

    private GatewayHost _host = null!;
    private HttpClient _http = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _host = await GatewayHost.StartAsync(
            "test", "--address", new IPEndPoint(IPAddress.Loopback, 0), HostConfiguration.Read([], ["Sse:MaxPerClient=100000"]),
            extension: null, CancellationToken.None);
        _http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Test]
    public async Task Requests_that_are_none_have_their_status_and_others_miss_nothing()
    {
        using StreamUnderTest honest = await StreamUnderTest.OpenAsync(_http, new Uri($"{_host.Address}{Path}?source=honest"), null, []);
        (string Name, string Request, int Status)[] cases =
        [
            ("a query without end", $"GET {Path}?type={new string('a', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
            ("headers without end", Get(Path, $"X: {new string('a', 40_000)}"), 431),
            ("too many headers", Get(Path, string.Join("\r\n", Enumerable.Range(0, 100).Select(static i => $"X{i}: 1"))), 431),
            ("a header with NUL", Get(Path, "Last-Event-ID: a\0b"), 400),
            ("a header without colon", Get(Path, "Last-Event-ID"), 400),
            ("a folded header", Get(Path, "X: a\r\n b: c"), 400),
            ("a name with spaces", Get(Path, "X Y: 1"), 400),
            ("no host", $"GET {Path} HTTP/1.1\r\n\r\n", 400),
            ("two hosts", Get(Path, "Host: evil.example"), 400),
            ("another host", $"GET {Path} HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
            ("a whole address of another server", $"GET http://evil.example{Path} HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
            ("no HTTP", "\u0016\u0003\u0001\u0002garbage\r\n\r\n", 400),
            ("another version", $"GET {Path} HTTP/9.9\r\nHost: localhost\r\n\r\n", 505),
            ("another method", $"BREW {Path} HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
            ("a body", Post("1", "Content-Length: 5") + "hello", 404),
            ("two lengths", Post("1", "Content-Length: 5\r\nContent-Length: 6"), 400),
            ("a path upward", Get("/api/v1/events/../../../../etc/passwd"), 404),
            ("an encoded path upward", Get("/api/v1/events/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), 404),
            ("a path with NUL", Get("/api/v1/events%00.html"), 400),
            ("a path with a backslash", Get("/..\\..\\etc\\passwd"), 404),
            ("a page upward", Get("/%2e%2e%2fengine-events.js"), 404),
            ("no Accept that fits", Get(Path, "Accept: text/html"), 406),
            ("a stream that is nobody's", Post("99999999999999999999", "Content-Length: 0"), 404),
            ("a depth without end", Get($"{Path}?filter={new string('(', 1_500)}"), 400),
            ("a filter without end", Get($"{Path}?filter={new string('a', 3_000)}"), 400),
            ("too many values", Get($"{Path}?{string.Join('&', Enumerable.Range(0, 200).Select(static i => $"resource_id={i}"))}"), 400),
        ];
        Assert.Multiple(async () =>
        {
            foreach ((string name, string request, int status) in cases)
                Assert.That(await StatusOfAsync(request), Is.EqualTo(status), name);
        });
        for (int i = 0; i < 10; i++)
            _host.Gateway.Publish(new SystemLog("info", "test", $"{i}", "honest", null, null), "log");
        Assert.That((await honest.ReadEventsAsync(10)).Select(static block => block.Data!.Split("\"message\":\"")[1][..1]),
            Is.EqualTo(Enumerable.Range(0, 10).Select(static i => $"{i}")));
    }

    [Test]
    public async Task Line_ends_in_a_field_make_no_header_and_no_block()
    {
        foreach (string field in s_fields)
        {
            string answer = await AnswerToAsync(Get($"{Path}?{field}=a%0D%0AInjected:%201%0D%0A%0D%0Adata:%20x"));
            Assert.That(answer, Does.StartWith("HTTP/1.1 400 "), field);
            Assert.That(answer, Does.Not.Match("(?m)^Injected"), field);
        }

        // Those that are no fault: a cursor that means nothing, and a key where none is needed.
        foreach (string request in (string[])
            [Get(Path, "Last-Event-ID: x:1%0D%0Adata: y"), Get($"{Path}?access_token=a%0D%0AInjected:%201")])
        {
            string answer = await AnswerToAsync(request);
            Assert.That(answer, Does.StartWith("HTTP/1.1 200 ").And.Not.Match("(?m)^Injected").And.Not.Match("(?m)^data: y"));
        }
    }

    [TestCase("e:-1", "unreadable")]
    [TestCase("{epoch}:99999999999999999999", "unreadable")]
    [TestCase("{epoch}:9223372036854775807", "ahead")]
    [TestCase("{epoch}: 1", "unreadable")]
    [TestCase("{epoch}:0x1", "unreadable")]
    [TestCase("000000000000:1", "epoch")]
    [TestCase("{epoch}:1:2", "unreadable")]
    [TestCase("\u00e9:1", "unreadable")]
    public async Task Forged_cursor_gets_a_reset_and_no_place_that_is_not_its_own(string cursor, string reason)
    {
        cursor = cursor.Replace("{epoch}", _host.Gateway.History.Epoch);
        string answer = await AnswerToAsync(Get($"{Path}?last_event_id={Uri.EscapeDataString(cursor)}"));
        // As a parameter an unreadable one is a fault; as a header it is not.
        if (reason == "unreadable")
        {
            Assert.That(answer, Does.StartWith("HTTP/1.1 400 "));
            return;
        }

        Assert.That(answer, Does.StartWith("HTTP/1.1 200 ").And.Contain($"\"reason\":\"{reason}\""));
    }

    [Test]
    public Task Connects_and_aborts_leave_no_slot() => AbortAsync(300);

    [Test]
    [Explicit("Takes a minute.")]
    [Category("Soak")]
    public Task Soak_ten_thousand_connects_and_aborts_leave_no_slot() => AbortAsync(10_000);

    [Test]
    [Explicit("Waits for the server's own deadlines.")]
    [Category("Soak")]
    public async Task Soak_who_sends_or_takes_a_byte_a_second_is_cut_off_and_who_says_nothing_costs_nobody_else()
    {
        using Socket silent = await ConnectAsync();
        using Socket slow = await ConnectAsync();
        using StreamUnderTest honest = await StreamUnderTest.OpenAsync(_http, new Uri($"{_host.Address}{Path}?source=honest"), null, []);
        string request = Get(Path, "X: 1");
        var answer = new byte[1000];
        int count = -1;
        for (int i = 0; i < request.Length && count < 0; i++)
        {
            await slow.SendAsync(Encoding.Latin1.GetBytes(request[i..(i + 1)]));
            await Task.Delay(1000);
            if (slow.Available > 0 || slow.Poll(0, SelectMode.SelectRead))
                count = await slow.ReceiveAsync(answer);
            _host.Gateway.Publish(new SystemLog("info", "test", $"{i}", "honest", null, null), "log");
            Assert.That((await honest.ReadEventAsync())!.Data, Does.Contain($"\"message\":\"{i}\""));
        }

        Assert.That(Encoding.Latin1.GetString(answer, 0, Math.Max(0, count)), Does.StartWith("HTTP/1.1 408 ").Or.Empty);
        Assert.That(count, Is.GreaterThanOrEqualTo(0), "A request that never ends was waited for.");
    }

    private static string Get(string path, string header = "X-None: 1") => $"GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n";

    private static string Post(string stream, string header) =>
        $"POST {Path}/streams/{stream}/filter HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n";

    private async Task AbortAsync(int count)
    {
        byte[] request = Encoding.ASCII.GetBytes(Get(Path));
        for (int i = 0; i < count; i++)
        {
            using Socket socket = await ConnectAsync();
            await socket.SendAsync(request.AsMemory(0, i % 3 == 0 ? 10 : request.Length));
            if (i % 3 == 1)
                await socket.ReceiveAsync(new byte[64]);
            // A reset instead of an orderly end.
            socket.LingerState = new LingerOption(true, 0);
        }

        ServerUnderTest.NothingIsLeftOf(_host.Gateway);
    }

    private async Task<int> StatusOfAsync(string request)
    {
        string answer = await AnswerToAsync(request);
        return answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3)) : 0;
    }

    /// <summary>The beginning of the answer: up to the end of its headers and what came with them.</summary>
    private async Task<string> AnswerToAsync(string request)
    {
        using Socket socket = await ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        var answer = new StringBuilder();
        byte[] buffer = new byte[8192];
        while (true)
        {
            int count;
            try
            {
                count = await socket.ReceiveAsync(buffer).WaitAsync(Eventually.HangGuard);
            }
            catch (SocketException)
            {
                // The server need not read what it refuses to its end.
                count = 0;
            }

            if (count == 0)
                return answer.ToString();
            answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            string text = answer.ToString();
            bool hasHeaders = text.Contains("\r\n\r\n", StringComparison.Ordinal);
            // A stream has no end; its first blocks tell what is wrong with a cursor.
            bool isStream = text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
                && text.Contains("text/event-stream", StringComparison.Ordinal);
            if (hasHeaders && (!isStream || text.Contains("retry: ", StringComparison.Ordinal)))
                return text;
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(_host.Address).Port);
        return socket;
    }
}
