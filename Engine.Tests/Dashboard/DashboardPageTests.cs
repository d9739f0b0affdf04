using Engine.Bus;
using Engine.Gateway.Events;
using Engine.Server.Cli;
using Microsoft.Playwright;

namespace Engine.Tests.Dashboard;

/// <summary>
/// The pages in a browser, on a server with a store; those of a machine are looked at in <see cref="DashboardMachineTests"/>.
/// </summary>
[Parallelizable]
public sealed class DashboardPageTests
{
    private static readonly LocatorAssertionsToBeVisibleOptions s_patience = PageChecks.Patience;

    private static readonly string[] s_paths = ["/events", "/bus", "/streams", "/health", "/store", "/dead-letters", "/outbox"];

    private Browser _browser = null!;
    private DashboardUnderTest _tested = null!;
    private Dictionary<string, Task<Tab>> _pages = [];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _browser = await SharedBrowser.GetAsync();
        _tested = await DashboardUnderTest.StartAsync(hasMachine: false);
        // As a machine's host says it.
        foreach ((string before, string now) in (ReadOnlySpan<(string, string)>)[("created", "running"), ("running", "stopped")])
        {
            _tested.Server.Gateway.Bus.Publish(
                new ContainerStatus(before, now, "node", null, "test", null, null, null),
                new EventIds { Details = new EventDetails { Key = "vm-1", Source = "node" } });
        }

        // All at once: what one waits for, the others need not wait for again.
        _pages = s_paths.ToDictionary(static path => path, path => _browser.OpenAsync(_tested.Address + path));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_tested is not null)
            await _tested.DisposeAsync();
    }

    // The page, and what is only there once live figures have come.
    [TestCase("/events", "Events", "bus_status")]
    [TestCase("/bus", "Bus server", "event-gateway")]
    [TestCase("/streams", "Streams", "identity")]
    [TestCase("/health", "Health and alerts", "online")]
    [TestCase("/store", "Store", "container.status v1")]
    [TestCase("/dead-letters", "Dead letters", "processor:webhook")]
    [TestCase("/outbox", "Outbox and durable subscriptions", "event-driven:bus")]
    public async Task Page_shows_live_figures_and_nothing_is_wrong_with_it(string path, string title, string figure)
    {
        await using Tab tab = await _pages[path];
        await PageChecks.ShowsAsync(tab, _tested.Address, title, figure);
    }

    [Test]
    public async Task Browsers_own_event_source_reads_the_stream()
    {
        await using Tab tab = await _browser.OpenAsync(_tested.Address + "/engine-events.js");
        string got = await tab.Page.EvaluateAsync<string>("""
            () => new Promise((resolve, reject) => {
              const got = [];
              const source = new EventSource("/api/v1/events?type=container_status&limit=1");
              source.addEventListener("container_status", (e) => got.push(JSON.parse(e.data).resource_id, e.lastEventId));
              source.addEventListener("caught-up", (e) => { source.close(); resolve(got.concat(e.lastEventId).join(" ")); });
              source.onerror = () => reject(new Error("the stream broke"));
            })
            """);
        Assert.That(got, Does.Match("^vm-1 [0-9a-f]+:[0-9]+ [0-9a-f]+:[0-9]+$"));
    }

    [Test]
    public async Task Filters_filter_and_what_is_wrong_is_told()
    {
        await using Tab tab = await _browser.OpenAsync(_tested.Address + "/events");
        await Assertions.Expect(tab.RowsOf("Events, the newest first").First).ToBeVisibleAsync(s_patience);
        _tested.Server.Gateway.Gateway.Publish(new SystemLog("error", "test", "only this one", "test", null, null), "wanted");
        await tab.Page.GetByLabel("Resource").FillAsync("wanted");
        await tab.Page.GetByLabel("Level at least").SelectOptionAsync("error");
        await tab.Button("Show").ClickAsync();
        await Assertions.Expect(tab.Page.GetByText("only this one")).ToBeVisibleAsync(s_patience);
        await Assertions.Expect(tab.RowsOf("Events, the newest first")).ToHaveCountAsync(1);

        await tab.Page.GetByLabel("Expression").FillAsync("data.level >");
        await tab.Button("Show").ClickAsync();
        await Assertions.Expect(tab.Page.Locator("p.bad")).ToContainTextAsync(
            "filter", new LocatorAssertionsToContainTextOptions { Timeout = Browser.PatienceMs });
    }

    [Test]
    public async Task Letter_is_looked_at_tried_dry_re_driven_and_another_discarded()
    {
        await using Tab tab = await _browser.OpenAsync(_tested.Address + "/dead-letters");
        // Both were given up: what is still tried when the webhook takes it becomes no letter.
        await Assertions.Expect(tab.Page.GetByLabel("Letter 2", new PageGetByLabelOptions { Exact = true })).ToBeVisibleAsync();
        await tab.Page.GetByLabel("Letter 1", new PageGetByLabelOptions { Exact = true }).CheckAsync();
        await tab.Button("Dry run").ClickAsync();
        await Assertions.Expect(tab.Page.GetByText("1 letters would be delivered again")).ToBeVisibleAsync(s_patience);
        Assert.That(_tested.Taken, Is.Zero);

        _tested.LetWebhookTake();
        await tab.Button("Re-drive").ClickAsync();
        await Assertions.Expect(tab.Page.GetByText("Re-drive: 1 letters, 1 delivered")).ToBeVisibleAsync(s_patience);
        await Assertions.Expect(tab.Page.GetByLabel("Letter 1", new PageGetByLabelOptions { Exact = true })).ToHaveCountAsync(0);
        Assert.That(_tested.Taken, Is.GreaterThanOrEqualTo(1));

        await tab.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "2", Exact = true }).ClickAsync();
        await Assertions.Expect(tab.Heading("Dead letter 2")).ToBeVisibleAsync(s_patience);
        await Assertions.Expect(tab.Page.GetByText("The webhook answered 500.").First).ToBeVisibleAsync(s_patience);
        await tab.Page.GetByText("Back to the letters").ClickAsync();
        await tab.Page.GetByLabel("Letter 2", new PageGetByLabelOptions { Exact = true }).CheckAsync();
        await tab.Button("Discard").ClickAsync();
        await tab.Page.GetByLabel("Why these").FillAsync("a test");
        await tab.Button("Discard for good").ClickAsync();
        await Assertions.Expect(tab.Page.GetByText("1 letters were discarded")).ToBeVisibleAsync(s_patience);
        await Assertions.Expect(tab.Page.GetByLabel("Letter 2", new PageGetByLabelOptions { Exact = true })).ToHaveCountAsync(0);
        Assert.That(tab.Complaints, Is.Empty);
    }

    [Test]
    public async Task Flood_of_events_costs_a_page_no_more_than_its_share()
    {
        await using ServerHost server = await DashboardUnderTest.StartServerAsync(hasMachine: false);
        await using Tab tab = await _browser.OpenAloneAsync(server.Address + "/events");
        await Assertions.Expect(tab.Live).ToBeVisibleAsync(s_patience);
        await Assertions.Expect(tab.RowsOf("Events, the newest first").First).ToBeVisibleAsync(s_patience);
        long before = tab.Received;
        long start = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < 30; i++)
        {
            for (int j = 0; j < 100; j++)
                server.Gateway.Gateway.Publish(new SystemLog("info", "flood", new string('x', 500), "test", null, null), $"{i}");
            await tab.Page.WaitForTimeoutAsync(50);
        }

        // The rate is the server's own bound, so a slow machine stays beneath it, too. What the page began with may be told of late.
        double bound = 200_000 + (20_000 * TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        Assert.That(tab.Received - before, Is.LessThan(bound), "of 1.5 MB and more");
        await Assertions.Expect(tab.Page.GetByText("older ones are not shown")).ToBeVisibleAsync(s_patience);

        // More than a page begins with, so that the state of the node is not among the newest events any more.
        var step = new PipelineStep("flood", "running", null, null);
        for (int i = 0; i < 400; i++)
            server.Gateway.Gateway.Publish(new PipelineProgress(1, 400, i / 4.0, step), "flood");
        await using Tab health = await _browser.OpenAsync(server.Address + "/health");
        await Assertions.Expect(health.RowsOf("Nodes").Filter(new LocatorFilterOptions { HasTextString = "online" }).First)
            .ToBeVisibleAsync(s_patience);
    }

    [Test]
    public async Task Lost_server_is_shown_and_found_again()
    {
        ServerHost first = await DashboardUnderTest.StartServerAsync(hasMachine: false);
        string address = first.Address;
        await using Tab tab = await _browser.OpenAloneAsync(address + "/streams");
        await Assertions.Expect(tab.Live).ToBeVisibleAsync(s_patience);
        await first.DisposeAsync();
        await Assertions.Expect(tab.Page.GetByText("Disconnected: what is shown is old")).ToBeVisibleAsync(s_patience);

        await using ServerHost second = await DashboardUnderTest.StartServerAsync(
            new Uri(address).Port.ToString(System.Globalization.CultureInfo.InvariantCulture), hasMachine: false);
        await Assertions.Expect(tab.Page.GetByText("Disconnected: what is shown is old")).ToBeHiddenAsync(
            new LocatorAssertionsToBeHiddenOptions { Timeout = Browser.PatienceMs });
        await Assertions.Expect(tab.Live).ToBeVisibleAsync(s_patience);
        await Assertions.Expect(tab.Heading("Streams")).ToBeVisibleAsync(s_patience);
    }

    [Test]
    public async Task Key_is_asked_for_and_opens_the_page()
    {
        await using ServerHost server = await DashboardUnderTest.StartServerAsync(
            hasMachine: false, "Access:Keys:0:Name=a", $"Access:Keys:0:Hash={Engine.Gateway.Access.ApiKeyHash.Of("secret")}");
        await using Tab tab = await _browser.OpenAloneAsync(server.Address + "/bus");
        await Assertions.Expect(tab.Heading("A key is needed")).ToBeVisibleAsync(s_patience);
        await tab.Page.GetByLabel("API key").FillAsync("secret");
        await tab.Button("Enter").ClickAsync();
        await Assertions.Expect(tab.Live).ToBeVisibleAsync(s_patience);
        await Assertions.Expect(tab.Heading("Bus server")).ToBeVisibleAsync(s_patience);
        await tab.Page.ReloadAsync();
        await Assertions.Expect(tab.Live).ToBeVisibleAsync(s_patience);
    }
}
