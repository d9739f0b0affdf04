namespace Engine.Tests.Dashboard;

/// <summary>One browser for all tests of pages: it takes longer to start than most of them take.</summary>
[SetUpFixture]
public sealed class SharedBrowser
{
    private static readonly Lazy<Task<Browser>> s_browser = new(Browser.StartAsync);

    internal static Task<Browser> GetAsync() => s_browser.Value;

    [OneTimeTearDown]
    public async Task CloseAsync()
    {
        if (s_browser.IsValueCreated && s_browser.Value.IsCompletedSuccessfully)
            await s_browser.Value.Result.DisposeAsync();
    }
}
