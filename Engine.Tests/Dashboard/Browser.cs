using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Engine.Tests.Dashboard;

/// <summary>Debian's Chromium, without a window. One for all tests.</summary>
internal sealed class Browser : IAsyncDisposable
{
    /// <summary>How long a page is waited for, in milliseconds: a guard against hangs, no measure of speed.</summary>
    public const float PatienceMs = 90_000;

    private const string Executable = "/usr/bin/chromium";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly IBrowserContext _shared;

    private Browser(IPlaywright playwright, IBrowser browser, IBrowserContext shared) =>
        (_playwright, _browser, _shared) = (playwright, browser, shared);

    public static async Task<Browser> StartAsync()
    {
        if (!File.Exists(Executable))
            Assert.Ignore($"{Executable} is missing: install Debian's chromium to test the pages.");
        // Those without a time of their own wait for five seconds otherwise.
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        IPlaywright playwright = await Playwright.CreateAsync();
        IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
            Timeout = PatienceMs,
        });
        return new Browser(playwright, browser, await NewSessionAsync(browser));
    }

    /// <summary>Opens a tab beside the others, which have fetched the scripts already.</summary>
    public Task<Tab> OpenAsync(string address, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light) =>
        OpenAsync(_shared, null, address, width, height, scheme);

    /// <summary>Opens a tab of a session of its own, for a server that has signed nothing of what the others' cookies say.</summary>
    public async Task<Tab> OpenAloneAsync(
        string address, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        IBrowserContext session = await NewSessionAsync(_browser);
        return await OpenAsync(session, session, address, width, height, scheme);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private static async Task<IBrowserContext> NewSessionAsync(IBrowser browser)
    {
        IBrowserContext session = await browser.NewContextAsync();
        session.SetDefaultTimeout(PatienceMs);
        return session;
    }

    private static async Task<Tab> OpenAsync(
        IBrowserContext session, IBrowserContext? own, string address, int width, int height, ColorScheme scheme)
    {
        var tab = new Tab(own, await session.NewPageAsync());
        await tab.Page.SetViewportSizeAsync(width, height);
        await tab.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
        await tab.Page.GotoAsync(address);
        return tab;
    }
}

/// <summary>A tab, with what its console said and what it asked for.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext? _session;
    private long _received;

    /// <param name="session">What ends with the tab; null for one that others share.</param>
    /// <param name="page">The tab's page.</param>
    public Tab(IBrowserContext? session, IPage page)
    {
        (_session, Page) = (session, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Complaints.Enqueue($"{message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => Complaints.Enqueue($"thrown: {error}");
        page.Request += (_, request) => Requests.Enqueue(request.Url);
        page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) =>
            Interlocked.Add(ref _received, frame.Binary?.Length ?? frame.Text?.Length ?? 0);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Bytes that came over the page's connection.</summary>
    public long Received => Interlocked.Read(ref _received);

    public ILocator Live => Page.GetByText("● live");

    public ILocator Heading(string text) => Page.Locator("h1", new PageLocatorOptions { HasTextString = text });

    public ILocator RowsOf(string caption) =>
        Page.Locator("table", new PageLocatorOptions { Has = Page.Locator("caption", new PageLocatorOptions { HasTextString = caption }) })
            .Locator("tbody tr");

    public ILocator Button(string name) => Page.Locator("fluent-button", new PageLocatorOptions { HasTextString = name });

    public async ValueTask DisposeAsync()
    {
        await Page.CloseAsync();
        if (_session is not null)
            await _session.DisposeAsync();
    }
}
