using Engine.Server.Cli;
using Microsoft.Playwright;

namespace Engine.Tests.Dashboard;

/// <summary>
/// The pages of a live machine. It takes a processor of its own, so the other pages are looked at without it. One is looked at on a
/// server that is attached to the machine's, which must make no difference.
/// </summary>
[Parallelizable]
public sealed class DashboardMachineTests
{
    private Browser _browser = null!;
    private ServerHost _machine = null!;
    private ServerHost _attached = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _browser = await SharedBrowser.GetAsync();
        _machine = await DashboardUnderTest.StartServerAsync(hasMachine: true);
        _attached = await ServerHost.StartAsync(
            new HostSettings(null, "0", [], [], HasNoMachine: false, AttachedTo: _machine.Address), CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_attached is not null)
            await _attached.DisposeAsync();
        if (_machine is not null)
            await _machine.DisposeAsync();
    }

    [TestCase("/", "Machine vm-1", "vm.block")]
    [TestCase("/timeline", "Time line", "container_status")]
    public async Task Page_shows_live_figures_and_nothing_is_wrong_with_it(string path, string title, string figure)
    {
        await using Tab tab = await _browser.OpenAloneAsync(_machine.Address + path);
        await PageChecks.ShowsAsync(tab, _machine.Address, title, figure);
    }

    [Test]
    public async Task Machine_page_goes_on_by_itself()
    {
        await using Tab tab = await _browser.OpenAloneAsync(_attached.Address);
        ILocator rate = tab.Page.Locator(".tiles div", new PageLocatorOptions { HasTextString = "Instructions" }).Locator("dd");
        await Assertions.Expect(tab.Page.GetByText("at " + new Uri(_machine.Address).Authority)).ToBeVisibleAsync(PageChecks.Patience);
        string before = await rate.TextContentAsync() ?? "";
        await Assertions.Expect(rate).Not.ToHaveTextAsync(
            before, new LocatorAssertionsToHaveTextOptions { Timeout = Browser.PatienceMs });
        await Assertions.Expect(tab.RowsOf("Hottest functions").First).ToBeVisibleAsync(PageChecks.Patience);
        await Assertions.Expect(tab.Page.GetByText("kernel: ").First).ToBeVisibleAsync(PageChecks.Patience);
        await Assertions.Expect(tab.Page.Locator(".js-plotly-plot .js-line").First).ToBeAttachedAsync(
            new LocatorAssertionsToBeAttachedOptions { Timeout = Browser.PatienceMs });
    }

    [Test]
    public async Task Time_line_is_zoomed_by_keyboard_and_mouse_and_its_table_follows()
    {
        await using Tab tab = await _browser.OpenAloneAsync(_machine.Address + "/timeline");
        await Assertions.Expect(tab.Page.GetByText(" types").First).ToBeVisibleAsync(PageChecks.Patience);
        string before = await tab.Page.Locator("caption").TextContentAsync() ?? "";
        await tab.Button("in").FocusAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(tab.Page.Locator("caption")).Not.ToHaveTextAsync(
            before, new LocatorAssertionsToHaveTextOptions { Timeout = Browser.PatienceMs });

        before = await tab.Page.Locator("caption").TextContentAsync() ?? "";
        ILocator plot = tab.Page.Locator(".nsewdrag").First;
        // What is dragged while the plot is drawn anew is lost.
        for (int i = 0; i < 100 && await tab.Page.Locator("caption").TextContentAsync() == before; i++)
        {
            await plot.WaitForAsync();
            if (await plot.BoundingBoxAsync() is { } box)
                await DragAsync(tab.Page.Mouse, box);
            await tab.Page.WaitForTimeoutAsync(100);
        }

        await Assertions.Expect(tab.Page.Locator("caption")).Not.ToHaveTextAsync(before);
    }

    private static async Task DragAsync(IMouse mouse, LocatorBoundingBoxResult box)
    {
        await mouse.MoveAsync(box.X + (box.Width / 4), box.Y + (box.Height / 2));
        await mouse.DownAsync();
        await mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2), new MouseMoveOptions { Steps = 5 });
        await mouse.UpAsync();
    }

    [TestCase("x", "no address of a server")]
    [TestCase("ftp://localhost", "no address of a server")]
    [TestCase("http://localhost/api?x", "no address of a server")]
    [TestCase("http://user:secret@localhost", "no address of a server")]
    public void Server_that_is_none_is_told_before_anything_starts(string address, string problem) => Assert.That(
        () => ServerHost.StartAsync(new HostSettings(null, "0", [], [], false, address), CancellationToken.None),
        Throws.TypeOf<Engine.Tooling.UsageException>().With.Message.Contains(problem));
}
