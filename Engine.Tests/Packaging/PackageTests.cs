namespace Engine.Tests.Packaging;

/// <summary>What <c>dotnet pack</c> makes, and that a fresh project can use it.</summary>
[Parallelizable]
public class PackageTests
{
    private const string Program = """
        using Engine.Bus;
        using Engine.Events;
        using Engine.Hosting;
        using Engine.Publish;

        await using EventEngine engine = new EngineBuilder().AddEvent<Tick>().Build();
        long sum = 0;
        engine.Subscribe<Tick>(tick => sum += tick.Number);
        engine.Start();
        using (EventProducer producer = engine.CreateProducer("cpu"))
        {
            EventLane<Tick> lane = producer.GetLane<Tick>();
            for (int i = 1; i <= 1000; i++)
                lane.Publish(new Tick(i));
        }

        bool isDrained = (await engine.StopAsync()).IsDrained;
        await using var bus = new EventBus("bus");
        int handled = 0;
        bus.Subscribe<Tick>(async tick => { await Task.Yield(); handled += tick.Number; });
        bus.Start();
        bus.Publish(new Tick(7));
        await bus.StopAsync();
        Console.WriteLine($"{sum} {isDrained} {handled}");

        public readonly record struct Tick(int Number) : IEvent<Tick>
        {
            public static EventDescriptor Descriptor { get; } = new("test.tick");
        }
        """;

    private const string Printed = "500500 True 7";

    private LocalFeed _feed = null!;

    [OneTimeSetUp]
    public void Pack()
    {
        _feed = new LocalFeed();
        _feed.Pack("Engine");
        _feed.Pack("Engine.Bus");
    }

    [OneTimeTearDown]
    public void Delete() => _feed.Dispose();

    [TestCase("Engine", "Microsoft.Extensions.Hosting.Abstractions")]
    [TestCase("Engine.Bus", "Engine", "Microsoft.Extensions.ObjectPool", "Polly.Core")]
    public void A_package_says_what_it_is_and_needs_what_is_listed(string id, params string[] dependencies)
    {
        PackageDescription package = _feed.DescriptionOf(id);
        Assert.Multiple(() =>
        {
            Assert.That(package.Dependencies, Is.EquivalentTo(dependencies));
            Assert.That(package.Value("license"), Is.EqualTo("MIT"));
            Assert.That(package.Value("description"), Has.Length.GreaterThan(40));
            Assert.That(package.Value("tags"), Does.Contain("virtual-machine"));
            Assert.That(package.Commit, Does.Match("^[0-9a-f]{40}$"));
            Assert.That(package.HasSymbols);
            Assert.That(
                package.Files, Is.SupersetOf(new[] { "README.md", "LICENSE", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml" }));
        });
    }

    [Test]
    public void A_fresh_project_builds_and_runs_with_the_packages()
    {
        string folder = _feed.MakeProject("consumer", "", Program, "Engine", "Engine.Bus");
        LocalFeed.Run(folder, "build", "-c", "Release", "-o", "out");
        Assert.That(LocalFeed.Run(folder, Path.Combine(folder, "out", "consumer.dll")).Trim(), Is.EqualTo(Printed));
    }

    [TestCase("trimmed", "<PublishTrimmed>true</PublishTrimmed><SelfContained>true</SelfContained>")]
    [TestCase("native", "<PublishAot>true</PublishAot>")]
    [Explicit("Compiles for minutes; the native one needs clang."), Category("Soak")]
    public void A_fresh_project_publishes_without_warnings_and_runs(string name, string properties)
    {
        properties += "<TrimmerSingleWarn>false</TrimmerSingleWarn>";
        string folder = _feed.MakeProject(name, properties, Program, "Engine", "Engine.Bus");
        LocalFeed.Run(folder, "publish", "-c", "Release", "--use-current-runtime", "-o", "out");
        Assert.That(LocalFeed.RunProgram(folder, Path.Combine(folder, "out", name)).Trim(), Is.EqualTo(Printed));
    }
}
