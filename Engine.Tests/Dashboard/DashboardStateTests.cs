using System.Text.Json;
using Engine.Dashboard.Live;
using Engine.Gateway.Client;

namespace Engine.Tests.Dashboard;

/// <summary>What a page keeps is bounded, whatever comes.</summary>
public sealed class DashboardStateTests
{
    [Test]
    public void Console_keeps_the_newest_lines_and_counts_the_others()
    {
        var console = new ConsoleLines();
        console.Add("half ", 0);
        console.Add("a line\r\nopen", 0);
        Assert.That(console.Take().Select(static line => line.Text), Is.EqualTo(["half a line", "open"]));
        for (int i = 0; i < 1000; i++)
            console.Add($"{i}\n", 0);
        IReadOnlyList<ConsoleLine> lines = console.Take();
        Assert.That(lines, Has.Count.LessThanOrEqualTo(ConsoleLines.MaxLines));
        Assert.That(lines[^1].Text, Is.EqualTo("999"));
        Assert.That(lines.Count + console.Omitted, Is.EqualTo(1001), "Lines that are neither shown nor counted.");
        Assert.That(lines.Select(static line => line.Number), Is.Ordered.And.Unique);
    }

    [Test]
    public void Console_cuts_long_lines_and_control_characters_and_tells_bytes_that_were_left_out()
    {
        var console = new ConsoleLines();
        console.Add(new string('x', 100_000) + "\a\u001b[31m\nnext\n", 77);
        IReadOnlyList<ConsoleLine> lines = console.Take();
        Assert.That(lines.Select(static line => line.Text.Length), Has.All.LessThanOrEqualTo(ConsoleLines.MaxLength + 1));
        Assert.That(lines.SelectMany(static line => line.Text), Has.None.Matches<char>(static letter => char.IsControl(letter)));
        Assert.That(lines[0].Text, Does.Contain("77"));
    }

    [Test]
    public void New_lines_of_one_snapshot_are_bounded()
    {
        var console = new ConsoleLines();
        console.Add("before\n", 0);
        long last = console.Take()[^1].Number;
        for (int i = 0; i < 500; i++)
            console.Add($"{i}\n", 0);
        IReadOnlyList<ConsoleLine> lines = console.Take();
        Assert.That(lines.Count(line => line.Number > last), Is.LessThanOrEqualTo(ConsoleLines.MaxNew));
        Assert.That(lines[0].Text, Is.EqualTo("before"));
    }

    [Test]
    public void State_is_bounded_and_an_event_of_another_form_ends_nothing()
    {
        var state = new LiveState();
        for (int i = 0; i < 500; i++)
        {
            state.Add(Event("container_status", $"c-{i}", """
                {"old_state":"a","new_state":"b","node_id":"n","pipeline_id":null,"reason":"r","exit_code":null,"started_at":null,
                 "finished_at":null}
                """));
            state.Add(Event("system_alert", $"a-{i}", """
                {"level":"error","category":"c","title":"t","message":"m","source":"s","details":null,"actions":[]}
                """));
            state.Add(Event("vm_rates", "vm-1", """
                {"aggregation":{"method":"rate","interval_ms":1000,"omitted":0},"state":"running","instructions":1,"mips":2,"events":[]}
                """));
        }

        state.Add(Event("vm_rates", "vm-1", "[]"));
        LiveSnapshot now = state.TakeSnapshot()!;
        Assert.That(now.Containers, Has.Count.EqualTo(LiveState.MaxResources));
        Assert.That(now.Alerts, Has.Count.EqualTo(LiveState.MaxAlerts));
        Assert.That(now.Alerts[0].Id, Is.EqualTo("a-499"));
        Assert.That(now.Machines.Single().Points, Has.Count.EqualTo(LiveState.MaxPoints));
        Assert.That(now.Notice, Does.Contain("vm_rates"));
        Assert.That(state.TakeSnapshot(), Is.Null, "Nothing has changed since.");
    }

    [Test]
    public void States_and_alerts_of_the_past_are_taken_once()
    {
        const string Alert = """
            {"level":"error","category":"c","title":"t","message":"m","source":"s","details":null,"actions":[]}
            """;
        IReadOnlyList<ReceivedEvent> past = StandingEvents.Parse($$$"""
            {"events":[
              {"id":"1:7","event":{"event":"node_status","timestamp":"2026-01-01T00:00:00Z","resource_id":"n","data":
                {"old_state":"offline","new_state":"online","reason":"started","details":{"ip":null,"last_heartbeat":null} } } },
              {"id":"1:9","event":{"event":"system_alert","timestamp":"2026-01-01T00:00:00Z","resource_id":"a","data":{{{Alert}}} } }],
             "next":"1:9","has_more":false,"reset":null,"gap":null}
            """);
        var state = new LiveState();
        state.AddStanding(past);
        state.Add(Event("system_alert", "a", Alert, "1:9"));
        state.Add(Event("system_alert", "b", Alert, "1:10"));
        LiveSnapshot now = state.TakeSnapshot()!;
        Assert.That(now.Alerts.Select(static alert => alert.Id), Is.EqualTo(["b", "a"]));
        Assert.That(now.Nodes.Single().Status!.NewState, Is.EqualTo("online"));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("""{"events":7}""")]
    [TestCase("""{"events":[{"id":"1:1","event":{"event":"node_status"}}]}""")]
    public void A_history_of_another_form_is_no_history(string page) => Assert.That(StandingEvents.Parse(page), Is.Empty);

    private static ReceivedEvent Event(string type, string resource, string json, string id = "1:1")
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new ReceivedEvent(id, type, DateTimeOffset.UnixEpoch, resource, document.RootElement.Clone());
    }
}
