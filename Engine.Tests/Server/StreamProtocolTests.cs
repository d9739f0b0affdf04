using System.Net;
using System.Text.Json;
using Engine.Gateway.Streams;

namespace Engine.Tests.Server;

/// <summary>What a client gets: history, live events, and going on behind a cursor, without gap and without duplicate.</summary>
public sealed class StreamProtocolTests
{
    [Test]
    public async Task Stream_begins_with_headers_a_comment_retry_and_a_cursor()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using StreamUnderTest stream = await server.OpenAsync();
        Assert.That(stream.Response.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/event-stream; charset=utf-8"));
        Assert.That(stream.Response.Headers.CacheControl!.NoStore, Is.True);
        Assert.That(stream.Response.Headers.GetValues("X-Accel-Buffering"), Is.EqualTo(["no"]));
        Assert.That((await stream.ReadAsync())!.Comment, Does.StartWith(": stream "));
        Block first = (await stream.ReadAsync())!;
        Assert.That((first.Retry, first.Id, first.Data), Is.EqualTo(("3000", $"{server.Gateway.History.Epoch}:0", (string?)null)));
    }

    [Test]
    public async Task History_is_the_newest_of_the_range_the_oldest_first_then_live()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Logs(20);
        using StreamUnderTest stream = await server.OpenAsync("?limit=3&type=system_log");
        List<Block> blocks = await stream.ReadEventsAsync(4);
        Assert.That(blocks.Select(MessageOf), Is.EqualTo(["18", "19", "20", null]));
        Assert.That(blocks[3].Event, Is.EqualTo("caught-up"));
        server.Log("live");
        Assert.That(MessageOf((await stream.ReadEventAsync())!), Is.EqualTo("live"));
    }

    [Test]
    public async Task Resume_goes_on_behind_the_cursor_and_the_header_wins()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Logs(10);
        string epoch = server.Gateway.History.Epoch;
        using StreamUnderTest byHeader = await server.OpenAsync($"?last_event_id={epoch}:2", $"{epoch}:7");
        Assert.That(
            (await byHeader.ReadEventsAsync(4)).Select(static block => block.Id),
            Is.EqualTo([$"{epoch}:8", $"{epoch}:9", $"{epoch}:10", $"{epoch}:10"]));
        using StreamUnderTest byQuery = await server.OpenAsync($"?last_event_id={epoch}:9");
        Assert.That((await byQuery.ReadEventsAsync(2)).Select(static block => block.Event), Is.EqualTo(["system_log", "caught-up"]));
    }

    [TestCase("other:3", "epoch")]
    [TestCase("{epoch}:99", "ahead")]
    [TestCase("garbage", "unreadable")]
    [TestCase("{epoch}:9999999999999999999999", "unreadable")]
    [TestCase("{epoch}:-1", "unreadable")]
    public async Task Cursor_that_means_nothing_resets(string cursor, string reason)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Logs(2);
        using StreamUnderTest stream = await server.OpenAsync("", cursor.Replace("{epoch}", server.Gateway.History.Epoch));
        List<Block> blocks = await stream.ReadEventsAsync(4);
        Assert.That(blocks.Select(static block => block.Event), Is.EqualTo(["reset", "system_log", "system_log", "caught-up"]));
        using var data = JsonDocument.Parse(blocks[0].Data!);
        Assert.That(data.RootElement.GetProperty("reason").GetString(), Is.EqualTo(reason));
    }

    [Test]
    public async Task Trimmed_cursor_is_told_as_a_gap()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new GatewayOptions { HistoryEvents = 5 });
        server.Logs(20);
        string epoch = server.Gateway.History.Epoch;
        using StreamUnderTest stream = await server.OpenAsync("", $"{epoch}:3");
        List<Block> blocks = await stream.ReadEventsAsync(7);
        using var gap = JsonDocument.Parse(blocks[0].Data!);
        Assert.That((blocks[0].Event, blocks[0].Id), Is.EqualTo(("gap", $"{epoch}:15")));
        Assert.That(gap.RootElement.GetProperty("from").GetInt64(), Is.EqualTo(4));
        Assert.That(gap.RootElement.GetProperty("to").GetInt64(), Is.EqualTo(15));
        Assert.That(blocks.Skip(1).Select(MessageOf), Is.EqualTo(["16", "17", "18", "19", "20", null]));
    }

    [Test]
    public async Task Range_that_is_over_ends_and_a_reconnect_gets_no_content()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Logs(3);
        string query = $"?end_time={DateTimeOffset.UtcNow.AddMilliseconds(1):yyyy-MM-ddTHH:mm:ss.fffffffZ}";
        while (DateTimeOffset.UtcNow <= DateTimeOffset.Parse(query["?end_time=".Length..]))
            Thread.Yield();
        using StreamUnderTest stream = await server.OpenAsync(query);
        List<Block> blocks = await stream.ReadEventsAsync(10);
        Assert.That(blocks.Select(static block => block.Event), Is.EqualTo(["system_log", "system_log", "system_log", "end"]));
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Events + query);
        request.Headers.TryAddWithoutValidation("Last-Event-ID", blocks[^1].Id);
        using HttpResponseMessage again = await server.Http.SendAsync(request);
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task Filters_take_types_resources_and_levels()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Log("a", "one");
        server.Log("b", "two", "error");
        server.Log("c", "one", "critical");
        using StreamUnderTest byResource = await server.OpenAsync("?limit=10&resource_id=one&resource_id=none");
        Assert.That((await byResource.ReadEventsAsync(2)).Select(MessageOf), Is.EqualTo(["a", "c"]));
        using StreamUnderTest byLevel = await server.OpenAsync("?limit=10&min_level=error&type=node_status,system_log");
        Assert.That((await byLevel.ReadEventsAsync(2)).Select(MessageOf), Is.EqualTo(["b", "c"]));
    }

    [Test]
    public async Task Filtered_stream_sends_its_cursor_and_an_idle_one_a_comment_as_heartbeat()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new GatewayOptions { Heartbeat = TimeSpan.FromSeconds(1) });
        using StreamUnderTest stream = await server.OpenAsync("?type=node_status");
        await stream.ReadAsync();
        await stream.ReadAsync();
        server.Log("not for this stream");
        Block block;
        // Where this took longer than a second, the stream was idle before.
        do
            block = (await stream.ReadAsync())!;
        while (block.Comment == ": ");
        Assert.That((block.Id, block.Event, block.Data), Is.EqualTo(($"{server.Gateway.History.Epoch}:1", (string?)null, (string?)null)));
        Assert.That((await stream.ReadAsync())!.Comment, Is.EqualTo(": "));
    }

    [Test]
    public async Task Many_readers_get_every_event_once_while_others_publish()
    {
        const int Events = 2_000;
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(
            new GatewayOptions { BufferEvents = 1_000_000, BufferBytes = 1 << 30 });
        StreamUnderTest[] streams = [.. await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => server.OpenAsync("?type=system_log")))];
        Task publishing = Task.Run(() => server.Logs(Events));
        foreach (StreamUnderTest stream in streams)
        {
            List<Block> blocks = await stream.ReadEventsAsync(Events);
            Assert.That(blocks.Select(MessageOf), Is.EqualTo(Enumerable.Range(1, Events).Select(static i => $"{i}")));
            stream.Dispose();
        }

        await publishing;
    }

    [TestCase("br")]
    [TestCase("gzip")]
    public async Task Compressed_stream_is_flushed_event_by_event(string encoding)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using StreamUnderTest stream = await server.OpenAsync("", null, ("Accept-Encoding", encoding));
        Assert.That(stream.Response.Content.Headers.ContentEncoding, Is.EqualTo([encoding]));
        server.Log("first");
        Assert.That(MessageOf((await stream.ReadEventAsync())!), Is.EqualTo("first"));
        server.Log("second");
        Assert.That(MessageOf((await stream.ReadEventAsync())!), Is.EqualTo("second"));
        Assert.That(server.Gateway.GetStatistics().Compressed, Is.EqualTo(1));
    }

    [Test]
    public async Task History_comes_in_pages_too()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Logs(5);
        using var first = JsonDocument.Parse(await server.Http.GetStringAsync(
            server.Events + $"/history?limit=2&last_event_id={server.Gateway.History.Epoch}:0"));
        Assert.That(first.RootElement.GetProperty("events").GetArrayLength(), Is.EqualTo(2));
        Assert.That(first.RootElement.GetProperty("has_more").GetBoolean(), Is.True);
        string next = first.RootElement.GetProperty("next").GetString()!;
        using var second = JsonDocument.Parse(await server.Http.GetStringAsync(server.Events + $"/history?limit=10&last_event_id={next}"));
        Assert.That(second.RootElement.GetProperty("events").GetArrayLength(), Is.EqualTo(3));
        Assert.That(second.RootElement.GetProperty("has_more").GetBoolean(), Is.False);
    }

    private static string? MessageOf(Block block)
    {
        using var json = JsonDocument.Parse(block.Data!);
        return json.RootElement.TryGetProperty("data", out JsonElement data) ? data.GetProperty("message").GetString() : null;
    }
}
