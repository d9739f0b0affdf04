using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Server.Cli;
using Engine.Server.History;
using Engine.Storage.Databases;
using Engine.Tests.Support;
using Engine.Tooling;

namespace Engine.Tests.Server;

/// <summary>The gateway's events on disk: over restarts, beyond what is in memory, and when the disk fails.</summary>
public sealed class StoredHistoryTests
{
    private static readonly EventCatalog s_catalog = new([.. EventCatalog.Standard, .. EventCatalog.Own]);

    private static readonly string[] s_types = ["node_status", "node_metrics", "system_log", "system_alert", "vm_rates"];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task What_was_appended_is_read_as_from_a_list_over_restarts_and_whatever_is_in_memory([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        var time = new ManualTime();
        var model = new List<Appended>();
        string? epoch = null;
        for (int session = 0; session < 3; session++)
        {
            await using StoredFrameHistory history = await OpenAsync(time, ringEvents: 16);
            epoch ??= history.Epoch;
            Assert.That((history.Epoch, history.LastSequence), Is.EqualTo((epoch, (long)model.Count)));
            for (int i = random.Next(30, 80); i > 0; i--)
            {
                string type = s_types[random.Next(s_types.Length)];
                if (random.Next(4) == 0)
                    time.Advance(TimeSpan.FromSeconds(random.Next(1, 100)));
                EventFrame frame = history.Append(Draft(type, $"r{random.Next(3)}", $"{{\"n\":{model.Count}}}"));
                model.Add(new Appended(frame.Sequence, frame.RecordedAt, type, frame.ResourceId, frame.Block.ToArray()));
            }

            Eventually.IsTrue(() => history.LastSequence == model.Count);
            for (int look = 0; look < 25; look++)
                await CompareAsync(history, model, random);
        }
    }

    [Test]
    public async Task Stream_goes_on_over_a_restart_of_the_server_where_it_was_cut_off()
    {
        string directory = $"History:Directory={_folder.PathOf("history")}";
        string cursor = "";
        ServerHost server = await StartAsync(directory);
        string epoch = server.Gateway.Gateway.History.Epoch;
        for (int i = 1; i <= 30; i++)
            Publish(server, i);
        using (var http = new HttpClient())
        using (StreamUnderTest stream = await StreamUnderTest.OpenAsync(http, AddressOf(server, "&limit=30"), null, []))
        {
            // What had not been durable yet comes behind the end of the history, which is an event of its own.
            for (int read = 0; read < 10;)
            {
                Block block = (await stream.ReadEventAsync())!;
                read += block.Event == "system_log" ? 1 : 0;
                cursor = block.Id!;
            }
        }

        await server.DisposeAsync();
        server = await StartAsync(directory);
        await using (server)
        {
            Publish(server, 31);
            using var http = new HttpClient();
            using StreamUnderTest stream = await StreamUnderTest.OpenAsync(http, AddressOf(server, ""), cursor, []);
            List<Block> blocks = [];
            while (blocks.Count(static block => block.Event == "system_log") < 21)
                blocks.Add((await stream.ReadEventAsync())!);
            Assert.That(blocks.Select(static block => block.Event), Has.None.AnyOf("reset", "gap"));
            Assert.That(
                blocks.Where(static block => block.Event == "system_log").Select(static block => NumberOf(block.Data!)),
                Is.EqualTo(Enumerable.Range(11, 21)));
            Assert.That(cursor, Does.StartWith(epoch + ":"));
            string history = await http.GetStringAsync(new Uri($"{server.Address}/api/v1/events/history?source=test&limit=3"));
            Assert.That(history, Does.Contain("number 31").And.Contain("number 29").And.Not.Contain("number 28"));
        }
    }

    [Test]
    public async Task Figures_go_before_logs_and_those_before_changes_of_state_and_a_stream_is_told()
    {
        var time = new ManualTime();
        await using (StoredFrameHistory history = await OpenAsync(time, ringEvents: 1))
        {
            foreach (string type in (string[])["node_status", "node_metrics", "system_log", "node_metrics", "system_alert"])
                history.Append(Draft(type, "r"));
            Eventually.IsTrue(() => history.LastSequence == 5);
            time.Advance(TimeSpan.FromHours(25));
            await history.Trimmer.TrimAsync(CancellationToken.None);
            Assert.That(await TypesAsync(history), Is.EqualTo(["node_status", "system_log", "system_alert"]));
            time.Advance(TimeSpan.FromDays(7));
            await history.Trimmer.TrimAsync(CancellationToken.None);
        }

        // What is missing is known after a restart, too.
        await using StoredFrameHistory again = await OpenAsync(time, ringEvents: 2);
        Assert.That((again.FirstSequence, again.LastSequence), Is.EqualTo((1L, 5L)));
        again.Append(Draft("node_metrics", "new"));
        Eventually.IsTrue(() => again.LastSequence == 6);
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(history: again);
        using StreamUnderTest all = await server.OpenAsync("", $"{again.Epoch}:0");
        List<Block> blocks = await all.ReadEventsAsync(4);
        Assert.That(blocks.Select(static block => block.Event), Is.EqualTo(["gap", "node_status", "system_alert", "node_metrics"]));
        Assert.That(blocks[0].Data, Is.EqualTo("""{"from":1,"to":5,"reason":"trimmed","dropped":null}"""));
        using StreamUnderTest status = await server.OpenAsync("?type=node_status,system_alert", $"{again.Epoch}:0");
        Assert.That((await status.ReadEventsAsync(2)).Select(static block => block.Event), Is.EqualTo(["node_status", "system_alert"]));
    }

    [Test]
    public async Task Bytes_in_all_are_bounded_and_the_newest_stay()
    {
        await using StoredFrameHistory history = await OpenAsync(new ManualTime(), ringEvents: 1, maxBytes: 1 << 20);
        string text = new('x', 10_000);
        for (int i = 0; i < 200; i++)
            history.Append(Draft(i % 2 == 0 ? "node_metrics" : "node_status", "r", $"\"{text}\""));
        Eventually.IsTrue(() => history.LastSequence == 200);
        await history.Trimmer.TrimAsync(CancellationToken.None);
        IReadOnlyList<string> types = await TypesAsync(history);
        Assert.That(types.Count(static type => type == "node_status"), Is.EqualTo(100), "Changes of state go last.");
        Assert.That(types.Count(static type => type == "node_metrics"), Is.LessThan(10));
    }

    [Test]
    public async Task What_cannot_be_stored_is_seen_by_nobody_until_it_is_and_too_much_is_refused()
    {
        await using StoredFrameHistory history = await OpenAsync(TimeProvider.System, ringEvents: 100);
        history.Append(Draft("node_status", "r"));
        Eventually.IsTrue(() => history.LastSequence == 1);
        await using StorageDatabase outside = StorageDatabase.Sqlite(_folder.PathOf("vital.db"));
        Rename(outside, "events", "hidden");
        for (int i = 0; i < FrameWriter.MaxWaiting; i++)
            history.Append(Draft("node_status", "r"));
        Assert.That(() => history.Append(Draft("node_status", "r")), Throws.InvalidOperationException.With.Message.Contains("wait"));
        Eventually.IsTrue(() => history.Writer.Problem is not null);
        Assert.That(history.LastSequence, Is.EqualTo(1));
        Rename(outside, "hidden", "events");
        Eventually.IsTrue(() => history.LastSequence == FrameWriter.MaxWaiting + 1);
        Eventually.IsTrue(() => history.Writer.Problem is null);
        Assert.That(await TypesAsync(history), Has.Count.EqualTo(FrameWriter.MaxWaiting + 1));
    }

    [Test]
    public async Task Folder_is_one_servers_and_what_is_wrong_is_told()
    {
        await using StoredFrameHistory history = await OpenAsync(TimeProvider.System);
        Assert.That(() => OpenAsync(TimeProvider.System), Throws.TypeOf<UsageException>().With.Message.Contains("History:Directory"));
        Assert.That(
            () => StartAsync("History:Directory=/proc/none"), Throws.TypeOf<UsageException>().With.Message.Contains("cannot be used"));
        UsageException error = Assert.ThrowsAsync<UsageException>(
            () => StartAsync("History:Keep:Metrics=soon", "History:Keep:All=1", "History:MaxBytes=1", "History:Folder=x"))!;
        Assert.That(error.Message, Does.Contain("Keep:Metrics").And.Contain("Keep:All").And.Contain("MaxBytes").And.Contain("Folder")
            .And.Contain("needs History:Directory"));
    }

    private static async Task CompareAsync(StoredFrameHistory history, List<Appended> model, Random random)
    {
        string[]? types = random.Next(3) == 0 ? null : [.. s_types.Where(_ => random.Next(2) == 0)];
        string[]? resources = random.Next(2) == 0 ? null : [$"r{random.Next(3)}"];
        var filter = new FrameFilter
        {
            Types = types is null or [] ? null : System.Collections.Frozen.FrozenSet.ToFrozenSet(types),
            Resources = resources is null ? null : System.Collections.Frozen.FrozenSet.ToFrozenSet(resources),
        };
        Appended[] wanted =
        [
            .. model.Where(one => (filter.Types?.Contains(one.Type) ?? true) && (filter.Resources?.Contains(one.Resource) ?? true)),
        ];
        long from = random.Next(model.Count + 1);
        var read = new List<byte[]>();
        for (long cursor = from; cursor < model.Count;)
        {
            var batch = new FrameBatch { Cursor = cursor, UpTo = model.Count, Filter = filter, MaxFrames = random.Next(1, 20) };
            await history.ReadAsync(batch, CancellationToken.None);
            Assert.That(batch.Cursor, Is.GreaterThan(cursor));
            Assert.That((batch.GapTo, batch.MissingTo), Is.EqualTo((0L, 0L)));
            read.AddRange(batch.Frames.Select(static frame => frame.Block.ToArray()));
            cursor = batch.Cursor;
        }

        Assert.That(read, Is.EqualTo(wanted.Where(one => one.Sequence > from).Select(static one => one.Block)));

        long upTo = random.Next(model.Count + 1);
        int limit = random.Next(1, 30);
        Appended[] newest = [.. wanted.Where(one => one.Sequence <= upTo).TakeLast(limit)];
        Assert.That(
            await history.FindNewestAsync(filter, upTo, limit, CancellationToken.None),
            Is.EqualTo(newest.Length == 0 ? upTo : newest[0].Sequence - 1));

        DateTimeOffset at = model[random.Next(model.Count)].RecordedAt;
        Assert.That(
            await history.FindBeforeAsync(at, CancellationToken.None),
            Is.EqualTo(model.Where(one => one.RecordedAt < at).Select(static one => one.Sequence).DefaultIfEmpty().Max()));
    }

    private static async Task<IReadOnlyList<string>> TypesAsync(StoredFrameHistory history)
    {
        var types = new List<string>();
        var batch = new FrameBatch { UpTo = history.LastSequence, MaxFrames = int.MaxValue, MaxBytes = long.MaxValue };
        while (batch.Cursor < batch.UpTo)
            await history.ReadAsync(batch, CancellationToken.None);
        types.AddRange(batch.Frames.Select(static frame => frame.Type));
        return types;
    }

    private static FrameDraft Draft(string type, string resource, string json = "{}")
    {
        Assert.That(s_catalog.TryGet(type, out GatewayEventType? known), Is.True);
        return new FrameDraft(
            type, resource, known!.Traffic, new EventFacets(Level: "info", Source: "test"), System.Text.Encoding.UTF8.GetBytes(json));
    }

    private static void Rename(StorageDatabase database, string from, string to)
    {
        using System.Data.Common.DbConnection connection = database.OpenConnection();
        using System.Data.Common.DbCommand command = connection.CreateCommand();
        command.CommandText = $"ALTER TABLE {from} RENAME TO {to}";
        command.ExecuteNonQuery();
    }

    private static Task<ServerHost> StartAsync(params string[] settings) =>
        ServerHost.StartAsync(new HostSettings(null, "0", [], settings, HasNoMachine: true), CancellationToken.None);

    private static Uri AddressOf(ServerHost server, string more) =>
        new($"{server.Address}/api/v1/events?type=system_log&source=test{more}");

    private static void Publish(ServerHost server, int number) => Assert.That(
        server.Gateway.Gateway.Publish(new SystemLog("info", "test", $"number {number}", "test", null, null), "log"),
        Is.EqualTo(GatewayPublishOutcome.Published));

    private static int NumberOf(string json) =>
        int.Parse(System.Text.RegularExpressions.Regex.Match(json, "number ([0-9]+)").Groups[1].Value);

    private Task<StoredFrameHistory> OpenAsync(TimeProvider time, int ringEvents = 100, long maxBytes = 1L << 30) =>
        StoredFrameHistory.OpenAsync(
            new HistoryOptions(
                new HistorySettings(
                    Path.GetDirectoryName(_folder.PathOf("x"))!, TimeSpan.FromHours(24), TimeSpan.FromDays(7), TimeSpan.FromDays(30),
                    maxBytes),
                s_catalog, time, ringEvents),
            CancellationToken.None);

    private sealed record Appended(long Sequence, DateTimeOffset RecordedAt, string Type, string Resource, byte[] Block);
}
