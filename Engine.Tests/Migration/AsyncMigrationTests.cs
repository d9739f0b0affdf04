using Engine.Migration.Rewriting;

namespace Engine.Tests.Migration;

public class AsyncMigrationTests
{
    private const string Program = """
        using Engine.Compatibility;

        namespace Shop;

        public static class Program
        {
            public static string Run() => RunAsync(new AsyncEventBus()).GetAwaiter().GetResult();

            private static async Task<string> RunAsync(AsyncEventBus bus)
            {
                int tries = 0;
                bus.Subscribe("memory.given", new SimpleEventHandler(e => tries += e.AggregateId == "vm-1" ? 1 : 100));
                bus.Start();
                await bus.PublishAsync(new MemoryGiven("vm-1", 1));
                await bus.PublishAsync(new MemoryGiven("vm-2", 1), CancellationToken.None);
                await bus.StopAsync(TimeSpan.FromMinutes(1));
                return $"{tries}";
            }
        }

        """;

    [Test]
    public void The_asynchronous_bus_becomes_one_whose_subscriptions_are_asynchronous()
    {
        using var folder = new SourceFolder();
        folder.Add("Event.cs", Samples.Event);
        folder.Add("Program.cs", Program);
        Assert.That(folder.Run(), Is.EqualTo("101"));
        MigrationPlan plan = folder.Migrate();
        Assert.That((plan.NewTexts.Count, plan.ByHandCount), Is.EqualTo((2, 0)));
        string text = folder.Read("Program.cs");
        Assert.That(text,
            Does.Contain(
                "new EventBus(options: new EventBusOptions { DefaultMode = ProcessingMode.Async, Retry = new() { MaxAttempts = 4 } })")
            .And.Contain("PublishAsync(new MemoryGiven(\"vm-2\", 1), cancellationToken: CancellationToken.None)")
                .And.Not.Contain("Compatibility"));
        Assert.That(folder.Run(), Is.EqualTo("101"));
        Assert.That(folder.Migrate().Findings, Is.Empty);
    }

    [Test]
    public void Where_events_are_published_past_the_queues_handlers_stay_old()
    {
        using var folder = new SourceFolder();
        folder.Add("Event.cs", Samples.Event);
        folder.Add("Program.cs", Program.Replace("await bus.PublishAsync(new MemoryGiven(\"vm-1\", 1));",
            "bus.PublishSync(new MemoryGiven(\"vm-1\", 1));", StringComparison.Ordinal));
        MigrationPlan plan = folder.Migrate();
        Assert.That(folder.Read("Program.cs"),
            Does.Contain("new AsyncEventBus(bus).PublishSync(").And.Contain("new AsyncEventBus(bus).Subscribe("));
        Assert.That(plan.Findings.Where(static f => f.Rule.Id is "ENGM005").Select(static f => f.ByHand),
            Has.All.Contains("to handlers of the old kind only"));
        Assert.That(folder.Run(), Is.EqualTo("101"));
    }
}
