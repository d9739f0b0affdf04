using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Engine.Tests.Dashboard;

/// <summary>What is true of every page.</summary>
internal static class PageChecks
{
    public static readonly LocatorAssertionsToBeVisibleOptions Patience = new() { Timeout = Browser.PatienceMs };

    // What may be another with other colours and another width. The rest is the same page.
    private static readonly AxeRunOptions s_ofColoursAndWidth = new()
    {
        RunOnly = new RunOnlyOptions
        {
            Type = "rule",
            Values = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "meta-viewport", "avoid-inline-spacing"],
        },
    };

    /// <summary>It shows live figures, and nothing is wrong with it, on a desk in light and on a phone in dark.</summary>
    public static async Task ShowsAsync(Tab tab, string address, string title, string figure)
    {
        await Assertions.Expect(tab.Live).ToBeVisibleAsync(Patience);
        await Assertions.Expect(tab.Heading(title)).ToBeVisibleAsync(Patience);
        await Assertions.Expect(tab.Page.Locator("main :is(td, h1, p)", new PageLocatorOptions { HasTextString = figure }).First)
            .ToBeVisibleAsync(Patience);
        await NothingSeriousAsync(tab, null);

        await tab.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
        await tab.Page.SetViewportSizeAsync(390, 844);
        await NothingSeriousAsync(tab, s_ofColoursAndWidth);
        Assert.That(
            await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(390),
            "A phone must not have to scroll the page sideways.");
        Assert.That(tab.Complaints, Is.Empty);
        Assert.That(
            tab.Requests.Where(url =>
                !url.StartsWith(address, StringComparison.Ordinal) && !url.StartsWith("data:", StringComparison.Ordinal)),
            Is.Empty, "Nothing may be fetched from elsewhere.");
    }

    private static async Task NothingSeriousAsync(Tab tab, AxeRunOptions? rules)
    {
        // A colour on its way to another is neither.
        await tab.Page.EvaluateAsync("""
            () => Promise.allSettled(document.getAnimations()
              .filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))
            """);
        AxeResult result = await tab.Page.RunAxe(rules);
        Assert.That(
            result.Violations.Where(static one => one.Impact is "serious" or "critical")
                .Select(static one => $"{one.Id}: {string.Join(" | ", one.Nodes.Take(3).Select(static node => node.Html))}"),
            Is.Empty);
    }
}
