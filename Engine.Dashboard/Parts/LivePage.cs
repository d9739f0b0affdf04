using Engine.Dashboard.Live;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Engine.Dashboard.Parts;

/// <summary>A page that is drawn anew with each snapshot of the feed: at most four times a second.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    [Inject] internal LiveFeed Feed { get; set; } = null!;

    internal LiveSnapshot Now => Feed.Current;

    /// <summary>Forgets the feed.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void OnInitialized() => Feed.Changed += OnChanged;

    /// <summary>A snapshot has come; on the page's own flow, before it is drawn.</summary>
    protected virtual Task OnSnapshotAsync() => Task.CompletedTask;

    protected virtual void Dispose(bool isDisposing) => Feed.Changed -= OnChanged;

    private void OnChanged() => _ = InvokeAsync(DrawAsync);

    private async Task DrawAsync()
    {
        try
        {
            await OnSnapshotAsync().ConfigureAwait(true);
            StateHasChanged();
        }
        catch (JSDisconnectedException)
        {
            // The browser is away; it gets what is new when it is back.
        }
        catch (Exception error)
        {
            // Nobody waits for this task: the page shows that it failed.
            await DispatchExceptionAsync(error).ConfigureAwait(true);
        }
    }
}
