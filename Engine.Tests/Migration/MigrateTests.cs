using System.Text;
using Engine.Migration;
using Engine.Migration.Rewriting;
using Engine.Tests.Support;

namespace Engine.Tests.Migration;

[Parallelizable]
public class MigrateTests
{
    [Test]
    public void The_rewritten_program_does_what_it_did_before()
    {
        using SourceFolder folder = Samples.Shop();
        Assert.That(folder.Run(), Is.EqualTo(Samples.Result));
        MigrationPlan plan = folder.Migrate();
        Assert.That((plan.NewTexts.Count, plan.ByHandCount), Is.EqualTo((3, 0)));
        Assert.That(folder.Snapshot().Keys, Is.EquivalentTo(new[] { "Event.cs", "Service.cs", "Program.cs" }));
        Assert.That(folder.Run(), Is.EqualTo(Samples.Result));
        Assert.That(folder.Read("Service.cs"), Does.Not.Contain("Compatibility").And.Contain("""
                // What is given is written down.
                _id = _bus.Subscribe<MemoryGiven>((in MemoryGiven e, EventContext _) =>
                {
                    Seen.Add($"{e.EventType} {((MemoryGiven)e).Size}"); // once
                }).Id;
                _bus.Subscribe<MemoryGiven>((in MemoryGiven _, EventContext _) => Seen.Add("early"), new() { Priority = 5 });
        """));
    }

    [Test]
    public void A_second_run_finds_nothing()
    {
        using SourceFolder folder = Samples.Shop();
        folder.Migrate();
        Dictionary<string, string> after = folder.Snapshot();
        Assert.That(folder.Migrate().Findings, Is.Empty);
        Assert.That(folder.Snapshot(), Is.EqualTo(after));
    }

    [Test]
    public void What_has_no_equal_goes_through_an_adapter_and_stays_listed()
    {
        using SourceFolder folder = Samples.Shop();
        folder.Add("Program.cs", """
            using Engine.Compatibility;

            namespace Shop;

            public sealed class Log(List<string> lines) : IDomainEventHandler
            {
                public void Handle(IDomainEvent e) => lines.Add("log " + e.EventType);
            }

            public sealed class OfVm(string vm) : IDomainEventFilter
            {
                public bool Matches(IDomainEvent e) => e.AggregateId == vm;
            }

            public static class Program
            {
                public static string Run()
                {
                    var lines = new List<string>();
                    var bus = new DomainEventBus();
                    long id = bus.Subscribe("memory.given", new Log(lines), new OfVm("vm-1"));
                    bus.Subscribe("memory.given", new SimpleEventHandler(e => lines.Add("typed")));
                    IDomainEvent untyped = new MemoryGiven("vm-1", 1);
                    bus.Publish(untyped);
                    bus.Publish(new MemoryGiven("vm-1", 2));
                    bus.Publish(new MemoryGiven("vm-2", 2));
                    lines.Add(bus.SubscriptionCount.ToString());
                    lines.Add(bus.UnsubscribeById(id).ToString());
                    bus.Publish(new MemoryGiven("vm-1", 2));
                    return string.Join(", ", lines);
                }
            }
            """);
        File.Delete(Path.Combine(folder.Root, "Service.cs"));
        object? before = folder.Run();
        MigrationPlan plan = folder.Migrate();
        string text = folder.Read("Program.cs");
        Assert.That(text, Does.Contain("var bus = new EventBus();").And.Contain("new DomainEventBus(bus).Publish(untyped);")
            .And.Contain("long id = new DomainEventBus(bus).Subscribe(\"memory.given\", new Log(lines)")
                .And.Contain("bus.Unsubscribe(id)"));
        Assert.That(folder.Run(), Is.EqualTo(before));
        Assert.That(plan.ByHandCount, Is.Positive);
        Dictionary<string, string> after = folder.Snapshot();
        MigrationPlan second = folder.Migrate();
        Assert.That((second.NewTexts.Count, second.Findings.Count), Is.EqualTo((0, second.ByHandCount)));
        Assert.That(folder.Snapshot(), Is.EqualTo(after));
    }

    [TestCase("e => Task.Run(() => Use(e)).Wait()", "a function inside its handler")]
    [TestCase("async e => await Task.Yield()", "async void")]
    [TestCase("e => Over(e)", "may be another one")]
    [TestCase("e => Use((Other)e)", "which MemoryGiven is not")]
    [TestCase("e => e = null!", "assigns to the event")]
    [TestCase("e => Use(e switch { Other => null!, _ => e })", "tells events apart")]
    public void A_handler_that_would_mean_something_else_is_not_rewritten(string handler, string reason)
    {
        using var folder = new SourceFolder();
        folder.Add("Event.cs", Samples.Event);
        folder.Add("Program.cs", $$"""
            using Engine.Compatibility;

            namespace Shop;

            public class Other : IDomainEvent
            {
                public string EventType => "other";
                public DateTimeOffset OccurredAt => default;
                public string? AggregateId => null;
            }

            public static class Program
            {
                static void Use(IDomainEvent e) { }
                static void Over(object e) { }
                static void Over(MemoryGiven e) { }
                public static string Run()
                {
                    var bus = new DomainEventBus();
                    bus.Subscribe("memory.given", new SimpleEventHandler({{handler}}));
                    return "ran";
                }
            }
            """);
        MigrationPlan plan = folder.Migrate();
        Assert.That(plan.Findings.Single(static f => f.Rule.Id == "ENGM005").ByHand, Does.Contain(reason));
        Assert.That(folder.Run(), Is.EqualTo("ran"));
    }

    // The typed event does not show what it implements for the old interface only; a bus inside the code that is replaced has to
    // change too.
    [TestCase("e => Seen(e.AggregateId)", "would not compile")]
    [TestCase("e => Seen(\"x\"), bus.SubscriptionCount", "code inside it has to change too")]
    public void A_rewrite_that_turns_out_to_be_impossible_goes_through_an_adapter_and_the_others_are_made(string handler, string reason)
    {
        using var folder = new SourceFolder();
        folder.Add("Program.cs", $$"""
            using Engine.Compatibility;

            public sealed class Given : IDomainEvent
            {
                public string EventType => "memory.given";
                public DateTimeOffset OccurredAt => default;
                string? IDomainEvent.AggregateId => "x";
            }

            public static class Program
            {
                static string? s_seen;
                static void Seen(string? what) => s_seen += what;
                public static string? Run()
                {
                    var bus = new DomainEventBus();
                    bus.Subscribe("memory.given", new SimpleEventHandler({{handler}}));
                    bus.Subscribe("memory.given", new SimpleEventHandler(e => Seen("y"), -1));
                    bus.Publish(new Given());
                    return s_seen;
                }
            }
            """);
        object? before = folder.Run();
        MigrationPlan plan = folder.Migrate();
        Assert.That(plan.Findings.Count(finding => finding.ByHand?.Contains(reason, StringComparison.Ordinal) == true), Is.EqualTo(1));
        Assert.That(folder.Read("Program.cs"),
            Does.Contain("new DomainEventBus(bus).Subscribe(\"memory.given\"").And.Contain("bus.Subscribe<Given>(")
                .And.Contain("var bus = new EventBus();"));
        Assert.That(folder.Run(), Is.EqualTo(before));
    }

    [Test]
    public void Line_breaks_and_byte_order_mark_stay()
    {
        using SourceFolder folder = Samples.Shop();
        byte[] mark = [0xEF, 0xBB, 0xBF];
        folder.Add("Event.cs", [.. mark,
            .. Encoding.UTF8.GetBytes(Samples.Event.ReplaceLineEndings("\r\n").Replace("vm", "Ümlaut", StringComparison.Ordinal))]);
        folder.Add("Service.cs", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Samples.Service)]);
        folder.Migrate();
        byte[] bytes = File.ReadAllBytes(Path.Combine(folder.Root, "Event.cs"));
        string text = Encoding.UTF8.GetString(bytes);
        Assert.That(bytes[..3], Is.EqualTo(mark));
        Assert.That(text, Does.Contain("Descriptor { get; }"));
        Assert.That(text.Count(static c => c == '\n'), Is.EqualTo(text.Split("\r\n").Length - 1));
        byte[] wide = File.ReadAllBytes(Path.Combine(folder.Root, "Service.cs"));
        Assert.That(wide[..2], Is.EqualTo(new byte[] { 0xFF, 0xFE }));
        Assert.That(Encoding.Unicode.GetString(wide), Does.Contain("Subscribe<MemoryGiven>"));
    }

    [Test]
    public void A_file_that_may_not_be_written_holds_back_what_needs_it()
    {
        using SourceFolder folder = Samples.Shop();
        File.SetAttributes(Path.Combine(folder.Root, "Service.cs"), FileAttributes.ReadOnly);
        Dictionary<string, string> before = folder.Snapshot();
        MigrationPlan plan = folder.Migrate();
        Assert.That(plan.Kept.Values, Does.Contain(Planner.Unwritable));
        Assert.That(plan.Kept.Count, Is.EqualTo(2), "The program passes the bus to the service.");
        Assert.That(folder.Snapshot()["Service.cs"], Is.EqualTo(before["Service.cs"]));
        Assert.That(folder.Snapshot()["Program.cs"], Is.EqualTo(before["Program.cs"]));
        Assert.That(folder.Run(), Is.EqualTo(Samples.Result));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void An_error_at_any_file_leaves_all_files_as_they_were(int failAt)
    {
        using SourceFolder folder = Samples.Shop();
        Dictionary<string, string> before = folder.Snapshot();
        int renames = 0;
        MigrationException error = Thrown.By<MigrationException>(() => folder.Migrate(_ =>
        {
            if (renames++ == failAt)
                throw new IOException("no space left");
        }));
        Assert.That(error.Message, Does.Contain("no space left").And.Contain("all files are as before"));
        Assert.That(folder.Snapshot(), Is.EqualTo(before));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void Being_killed_at_any_file_leaves_whole_files_and_a_second_run_finishes(int killAt)
    {
        using SourceFolder folder = Samples.Shop();
        Dictionary<string, string> before = folder.Snapshot();
        MigrationPlan plan = folder.Plan();
        Dictionary<string, string> after = plan.NewTexts.ToDictionary(
            pair => Path.GetRelativePath(folder.Root, pair.Key.Path), static pair => Convert.ToHexString(pair.Key.Encode(pair.Value)));
        int renames = 0;
        // Not an error that the tool handles, so nothing is rolled back.
        void Kill(string path) => throw new InvalidOperationException("killed");
        var replacer = new FileReplacer(path => (renames++ == killAt ? Kill : (Action<string>)(static _ => { }))(path));
        Assert.That(() => replacer.Replace(plan.NewTexts), Throws.InvalidOperationException);
        Dictionary<string, string> now = folder.Snapshot();
        Assert.That(
            now.Where(pair => before.ContainsKey(pair.Key)),
            Has.All.Matches<KeyValuePair<string, string>>(pair => pair.Value == before[pair.Key] || pair.Value == after[pair.Key]));
        Assert.That(now.Count(pair => after.GetValueOrDefault(pair.Key) == pair.Value), Is.EqualTo(killAt));
    }

    [Test]
    public void A_file_that_somebody_changed_meanwhile_is_not_overwritten()
    {
        using SourceFolder folder = Samples.Shop();
        string changed = Samples.Program + "// mine\n";
        MigrationException error = Thrown.By<MigrationException>(() => folder.Migrate(path =>
        {
            if (path.EndsWith("Program.cs", StringComparison.Ordinal))
                File.WriteAllText(path, changed);
        }));
        Assert.That(error.Message, Does.Contain("changed while this ran"));
        Assert.That(folder.Read("Program.cs"), Is.EqualTo(changed));
        Assert.That((folder.Read("Event.cs"), folder.Read("Service.cs")), Is.EqualTo((Samples.Event, Samples.Service)));
    }
}
