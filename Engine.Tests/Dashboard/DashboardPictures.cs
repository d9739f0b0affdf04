using Engine.Tests.Architecture;
using Microsoft.Playwright;

namespace Engine.Tests.Dashboard;

/// <summary>Takes the pictures of the pages that the documents show.</summary>
[NonParallelizable]
[Explicit("Changes pictures of the repository.")]
[Category("Pictures")]
public sealed class DashboardPictures
{
    private const int MaxBytes = 200_000;

    [TestCase("", "dashboard-machine.png", 1280, 940, ColorScheme.Light, 20_000)]
    [TestCase("dead-letters", "dashboard-dead-letters.png", 1280, 620, ColorScheme.Dark, 20_000)]
    [TestCase("timeline", "dashboard-phone.png", 390, 800, ColorScheme.Dark, 30_000)]
    public async Task Picture_is_taken(string path, string file, int width, int height, ColorScheme scheme, int settleMs)
    {
        Browser browser = await SharedBrowser.GetAsync();
        await using DashboardUnderTest tested = await DashboardUnderTest.StartAsync(hasMachine: true);
        await Task.Delay(settleMs);
        await using Tab tab = await browser.OpenAloneAsync($"{tested.Address}/{path}", width, height, scheme);
        await Assertions.Expect(tab.Live).ToBeVisibleAsync();
        await tab.Page.WaitForTimeoutAsync(5_000);
        string target = Path.Combine(SourceTree.Root, "docs", "images", file);
        await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = target });
        Assert.That(new FileInfo(target).Length, Is.InRange(1, MaxBytes));
    }
}
