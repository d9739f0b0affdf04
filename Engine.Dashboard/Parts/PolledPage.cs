using Engine.Dashboard.Api;
using Microsoft.AspNetCore.Components;

namespace Engine.Dashboard.Parts;

/// <summary>A page that asks endpoints again and again while it is open, and after each action.</summary>
public abstract class PolledPage : LivePage
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(2);

    private long _askedAt;
    private bool _isAsking;

    [Inject] internal ApiClient Api { get; set; } = null!;

    [Inject] internal TimeProvider Time { get; set; } = null!;

    /// <summary>Asks; on the page's own flow.</summary>
    protected abstract Task AskAsync();

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => RenewAsync();

    /// <inheritdoc/>
    protected override Task OnSnapshotAsync() =>
        _isAsking || Time.GetElapsedTime(_askedAt) < s_period ? Task.CompletedTask : RenewAsync();

    /// <summary>Asks now.</summary>
    protected async Task RenewAsync()
    {
        _isAsking = true;
        _askedAt = Time.GetTimestamp();
        try
        {
            await AskAsync().ConfigureAwait(true);
        }
        finally
        {
            _isAsking = false;
        }
    }
}
