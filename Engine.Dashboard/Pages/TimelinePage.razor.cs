using System.Globalization;
using System.Text.Json;
using Engine.Dashboard.Api;
using Engine.Dashboard.Parts;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Plotly.Blazor;
using Plotly.Blazor.Interop;
using Plotly.Blazor.LayoutLib;
using Plotly.Blazor.Traces;
using Plotly.Blazor.Traces.ScatterLib;

namespace Engine.Dashboard.Pages;

/// <summary>What has happened, on a line of time that can be zoomed, and the same as a table.</summary>
public partial class TimelinePage : LivePage
{
    private const int MaxEvents = 1000;
    private const int MaxRows = 50;
    private const string Changes = "node_status,pipeline_status,pipeline_progress,container_status,system_alert";

    private static readonly Column[] s_columns = [new("Time (UTC)"), new("Type", "code"), new("Resource", "code"), new("What", "wrap")];

    private readonly Config _givenConfig = new() { Responsive = true, DisplayModeBar = Plotly.Blazor.ConfigLib.DisplayModeBarEnum.False };
    private PlotlyChart _chart = null!;
    private Config _config;
    private Plotly.Blazor.Layout _layout = Charts.Layout("");
    private IList<ITrace> _data = [];
    private List<TimelineEvent> _events = [];
    private DateTimeOffset _from;
    private DateTimeOffset _to;
    private DateTimeOffset _first;
    private DateTimeOffset _last;
    private int _minutes = 5;
    private bool _hasLogs = true;
    private bool _hasMore;
    private bool _isDrawn;
    private string? _problem;
    private string _summary = "loading";

    public TimelinePage() => _config = _givenConfig;

    [Inject] internal ApiClient Api { get; set; } = null!;

    [Inject] internal TimeProvider Time { get; set; } = null!;

    protected override Task OnInitializedAsync() => LoadAsync();

    private async Task LoadAsync()
    {
        _last = Time.GetUtcNow();
        _first = _last.AddMinutes(-_minutes);
        ApiAnswer answer = await Api.GetAsync(
            "api/v1/events/history", ("limit", MaxEvents.ToString(CultureInfo.InvariantCulture)),
            ("start_time", _first.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
            ("type", _hasLogs ? Changes + ",system_log" : Changes)).ConfigureAwait(true);
        _problem = answer.Problem;
        (_events, _hasMore) = TimelineEvent.ReadPage(answer.IsGood ? answer.Text : "{}");
        (_from, _to) = (_first, _last);
        _summary = $"{Format.Count(_events.Count)} events of {_events.Select(static one => one.Type).Distinct().Count()} types"
            + (_hasMore || _events.Count == MaxEvents ? $"; only the last {Format.Count(MaxEvents)}, older ones are left out" : "");
        await DrawAsync().ConfigureAwait(true);
    }

    private async Task DrawAsync()
    {
        _data =
        [
            .. _events.GroupBy(static one => one.Type).OrderBy(static type => type.Key, StringComparer.Ordinal)
                .Select((type, i) => new Scatter
            {
                Name = type.Key,
                X = [.. type.Select(static one => (object)Charts.Time(one.At))],
                Y = [.. type.Select(static one => (object)one.Type)],
                Text = Texts(type),
                Mode = ModeFlag.Markers,
                HoverInfo = HoverInfoFlag.Text | HoverInfoFlag.X,
                Marker = new Marker { Size = 11, Opacity = (decimal)0.75, Symbol = Symbols[i % Symbols.Length] },
            }),
        ];
        _layout = Charts.Layout("");
        _layout.Margin = new Margin { L = 130, R = 16, T = 10, B = 34 };
        _layout.YAxis = [new YAxis { Type = Plotly.Blazor.LayoutLib.YAxisLib.TypeEnum.Category }];
        SetRange();
        if (_isDrawn)
            await _chart.React().ConfigureAwait(true);
    }

    private static Plotly.Blazor.Traces.ScatterLib.MarkerLib.SymbolEnum[] Symbols { get; } =
    [
        Plotly.Blazor.Traces.ScatterLib.MarkerLib.SymbolEnum.Circle, Plotly.Blazor.Traces.ScatterLib.MarkerLib.SymbolEnum.Diamond,
        Plotly.Blazor.Traces.ScatterLib.MarkerLib.SymbolEnum.Square, Plotly.Blazor.Traces.ScatterLib.MarkerLib.SymbolEnum.TriangleUp,
        Plotly.Blazor.Traces.ScatterLib.MarkerLib.SymbolEnum.Cross, Plotly.Blazor.Traces.ScatterLib.MarkerLib.SymbolEnum.X,
    ];

    private static string Texts(IEnumerable<TimelineEvent> events) => events.FirstOrDefault()?.Type ?? "";

    private void OnDrawn()
    {
        if (_isDrawn)
            return;
        _isDrawn = true;
        _ = InvokeAsync(ListenAsync);
    }

    private async Task ListenAsync()
    {
        try
        {
            await _chart.SubscribeRelayoutEvent().ConfigureAwait(true);
        }
        catch (Exception error) when (error is JSException or JSDisconnectedException or OperationCanceledException)
        {
            // The page is leaving; the buttons need no events.
        }
    }

    /// <summary>Takes the range that was chosen by mouse or finger, so that the table follows.</summary>
    private void OnZoomed(RelayoutEventData zoom)
    {
        if (zoom.RawData.ContainsKey("xaxis.autorange"))
            (_from, _to) = (_first, _last);
        else if (zoom.XRange is [{ } from, { } to] && TryRead(from, out DateTimeOffset start) && TryRead(to, out DateTimeOffset end)
            && start < end)
            (_from, _to) = (start, end);
        else
            return;
        SetRange();
        _ = InvokeAsync(StateHasChanged);
    }

    private static bool TryRead(object text, out DateTimeOffset time) => DateTimeOffset.TryParse(
        text.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    private Task AllAsync()
    {
        (_from, _to) = (_first, _last);
        return ZoomAsync(1, 0);
    }

    /// <summary>Zooms around the middle, and moves by a share of what is shown.</summary>
    private async Task ZoomAsync(double factor, double move)
    {
        TimeSpan shown = _to - _from;
        DateTimeOffset middle = _from + (shown / 2) + (shown * move);
        TimeSpan half = TimeSpan.FromSeconds(Math.Clamp(shown.TotalSeconds * factor, 1, 86400 * 7)) / 2;
        (_from, _to) = (middle - half, middle + half);
        SetRange();
        if (_isDrawn)
            await _chart.React().ConfigureAwait(true);
    }

    private void SetRange() => _layout.XAxis =
    [
        new XAxis
        {
            Type = Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Date,
            Range = [_from.UtcDateTime, _to.UtcDateTime],
        },
    ];

    private IEnumerable<TimelineEvent> InRange => _events.Where(one => one.At >= _from && one.At <= _to).Reverse();

    private Cell[][] TableRows() => [.. InRange.Take(MaxRows).Select(static one => new Cell[]
    {
        Format.Time(one.At), one.Type, Format.Shorten(one.Resource, 60), Format.Shorten(one.What),
    })];

    private string? TableNote() =>
        InRange.Count() is > MaxRows and int all ? $"{Format.Count(all - MaxRows)} older ones are not shown" : null;
}

/// <summary>An event on the line.</summary>
internal sealed record TimelineEvent(DateTimeOffset At, string Type, string Resource, string What)
{
    /// <summary>Reads a page of the gateway's history.</summary>
    public static (List<TimelineEvent> Events, bool HasMore) ReadPage(string json)
    {
        using JsonDocument page = JsonDocument.Parse(json);
        if (!page.RootElement.TryGetProperty("events", out JsonElement events))
            return ([], false);
        return ([.. events.EnumerateArray().Select(static one => Read(one.GetProperty("event")))],
            page.RootElement.GetProperty("has_more").GetBoolean());
    }

    private static TimelineEvent Read(JsonElement envelope)
    {
        JsonElement data = envelope.GetProperty("data");
        string Text(string name) => data.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";
        string type = envelope.GetProperty("event").GetString() ?? "";
        string what = type switch
        {
            "node_status" or "container_status" => $"{Text("old_state")} → {Text("new_state")}, {Text("reason")}",
            "pipeline_status" => $"{Text("old_status")} → {Text("new_status")} {Text("error")}",
            "pipeline_progress" => $"step {Text("current_step")} of {Text("total_steps")}, {Text("progress")} %",
            "system_alert" => $"{Text("level")}: {Text("title")}. {Text("message")}",
            "system_log" => $"{Text("level")}: {Text("message")}",
            _ => data.GetRawText(),
        };
        return new TimelineEvent(
            envelope.GetProperty("timestamp").GetDateTimeOffset(), type, envelope.GetProperty("resource_id").GetString() ?? "", what);
    }
}
