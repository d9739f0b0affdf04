using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Engine.Tests.Dashboard;

/// <summary>Debian's Chromium, without a window. One for a fixture.</summary>
internal sealed class Browser : IAsyncDisposable
{
    /// <summary>How long a page is waited for, in milliseconds: a guard against hangs, no measure of speed.</summary>
    public const float PatienceMs = 90_000;

    private const string Executable = "/usr/bin/chromium";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<Browser> StartAsync()
    {
        if (!File.Exists(Executable))
            Assert.Ignore($"{Executable} is missing: install Debian's chromium to test the pages.");
        IPlaywright playwright = await Playwright.CreateAsync();
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
            Timeout = PatienceMs,
        }));
    }

    public async Task<Tab> OpenAsync(
        string address, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        IBrowserContext context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
        });
        context.SetDefaultTimeout(PatienceMs);
        var tab = new Tab(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(address);
        return tab;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>A tab of its own session, with what its console said and what it asked for.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private long _received;

    public Tab(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
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

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
