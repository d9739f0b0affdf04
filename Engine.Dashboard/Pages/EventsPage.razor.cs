using System.Globalization;
using Engine.Dashboard.Api;
using Engine.Dashboard.Live;
using Engine.Dashboard.Parts;
using Engine.Gateway.Client;
using Engine.Gateway.Events;
using Microsoft.AspNetCore.Components;

namespace Engine.Dashboard.Pages;

/// <summary>The gateway's events, by its own filters.</summary>
public partial class EventsPage : LivePage
{
    private static readonly string[] s_types =
    [
        .. EventCatalog.Standard.Concat(EventCatalog.Own)
            .Select(static type => type.EventName.Replace('.', '_').Replace('-', '_')),
    ];

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly string[] s_levels = ["debug", "info", "warning", "error", "critical"];
    private static readonly Column[] s_columns =
        [new("Time (UTC)"), new("Type", "code"), new("Resource", "code"), new("Data", "wrap")];

    private EventTail? _tail;
    private IReadOnlyList<ReceivedEvent> _shown = [];
    private bool _isPaused;
    private long _shownAt;
    private string _type = "";
    private string _resource = "";
    private string _source = "";
    private string _level = "";
    private string _filter = "";
    private DateTime? _from;
    private DateTime? _to;

    [Inject] internal ApiClient Api { get; set; } = null!;

    [Inject] internal TimeProvider Time { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        _tail = new EventTail(Api);
        await ShowAsync().ConfigureAwait(true);
    }

    // Rows are long: once a second is enough, and bounds what a busy server sends.
    protected override Task OnSnapshotAsync()
    {
        if (_isPaused || Time.GetElapsedTime(_shownAt) < s_period)
            return Task.CompletedTask;
        _shownAt = Time.GetTimestamp();
        _shown = _tail?.Take() ?? [];
        return Task.CompletedTask;
    }

    protected override void Dispose(bool isDisposing)
    {
        base.Dispose(isDisposing);
        _ = _tail?.DisposeAsync().AsTask();
    }

    private Task ShowAsync()
    {
        (_isPaused, _shownAt) = (false, 0);
        return _tail!.OpenAsync(
        [
            ("type", _type), ("resource_id", _resource), ("source", _source), ("min_level", _level), ("filter", _filter),
            ("start_time", Moment(_from)), ("end_time", Moment(_to)), ("limit", EventTail.MaxEvents.ToString(CultureInfo.InvariantCulture)),
        ]);
    }

    private void Pause() => _isPaused = !_isPaused;

    private static string? Moment(DateTime? time) =>
        time is { } given ? DateTime.SpecifyKind(given, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture) : null;

    private static Cell[] RowOf(ReceivedEvent one) =>
        [Format.Time(one.Timestamp), one.Type, Format.Shorten(one.ResourceId, 40), Format.Shorten(one.Data.GetRawText(), 200)];
}
