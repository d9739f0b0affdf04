using System.Globalization;
using Engine.Dashboard.Api;
using Engine.Dashboard.Parts;
using Microsoft.AspNetCore.Components;

namespace Engine.Dashboard.Pages;

/// <summary>What is stored: events by filter, the history of one key or stream, and a journal.</summary>
public partial class StorePage : PolledPage
{
    private const int PageLength = 25;

    private static readonly Column[] s_columns =
    [
        new("#", "number"), new("Recorded (UTC)"), new("Type", "code"), new("Key", "code"), new("Source", "code"), new("Data", "wrap"),
    ];

    private static readonly Column[] s_typeColumns = [new("Type", "code"), new("Events", "number")];
    private static readonly Column[] s_streamColumns = [new("Stream", "code"), new("Version", "number"), new("State")];
    private static readonly Column[] s_segmentColumns = [new("File", "code"), new("Size", "number"), new("Written (UTC)")];

    private ApiAnswer? _answer;
    private ApiAnswer? _eventAnswer;
    private ApiAnswer? _journalAnswer;
    private StoreStatus? _status;
    private StoredEventPage? _page;
    private StoreStreams? _streams;
    private JournalStatusPage? _journal;
    private string _type = "";
    private string _key = "";
    private string _source = "";
    private DateTime? _from;
    private DateTime? _to;
    private long? _before;
    private (string Name, string? Value)[] _query = [];

    /// <summary>The key whose history is shown.</summary>
    [SupplyParameterFromQuery(Name = "key")]
    public string? GivenKey { get; set; }

    protected override async Task OnInitializedAsync()
    {
        _journalAnswer = await Api.GetAsync("api/v1/journal").ConfigureAwait(true);
        _journal = _journalAnswer.Read<JournalStatusPage>();
        await base.OnInitializedAsync().ConfigureAwait(true);
    }

    protected override Task OnParametersSetAsync()
    {
        if (string.IsNullOrEmpty(GivenKey) || GivenKey == _key)
            return Task.CompletedTask;
        _key = GivenKey;
        return ShowAsync();
    }

    protected override async Task AskAsync()
    {
        _answer = await Api.GetAsync("api/v1/store").ConfigureAwait(true);
        _status = _answer.Read<StoreStatus>();
        if (_status is null)
            return;
        (string, string?) before = ("before", _before?.ToString(CultureInfo.InvariantCulture));
        (string, string?) limit = ("limit", PageLength.ToString(CultureInfo.InvariantCulture));
        _eventAnswer = await Api.GetAsync("api/v1/store/events", [.. _query, before, limit]).ConfigureAwait(true);
        _page = _eventAnswer.Read<StoredEventPage>();
        _streams = (await Api.GetAsync("api/v1/store/streams").ConfigureAwait(true)).Read<StoreStreams>();
    }

    private Task ShowAsync()
    {
        _before = null;
        _query = [("type", _type), ("key", _key), ("source", _source), ("start_time", Moment(_from)), ("end_time", Moment(_to))];
        return RenewAsync();
    }

    private Task NewestAsync()
    {
        _before = null;
        return RenewAsync();
    }

    private Task OlderAsync()
    {
        _before = _page?.Before;
        return RenewAsync();
    }

    private static Tile[] Figures(StoreStatus one) =>
    [
        new("Events", Format.Count(one.EventCount)),
        new("Places", one.EventCount == 0 ? "–" : $"#{Format.Count(one.FirstSequence)} to #{Format.Count(one.LastSequence)}"),
        new("Data", Format.Bytes(one.DataBytes)),
        new("Append p50", $"{Format.Number(one.AppendP50Ms)} ms"),
        new("Append p99", $"{Format.Number(one.AppendP99Ms)} ms"),
        new("Waiting writes", Format.Count(one.PendingWrites)),
        new("Cache hits", Format.Share(one.CacheHitRate)),
        new("Trimmed", Format.Moment(one.LastTrimmedAt)),
    ];

    private static Tile[] JournalFigures(JournalStatusPage one) =>
    [
        new("Bits per event", one.BitsPerEvent.ToString("0.###", CultureInfo.InvariantCulture)),
        new("Events", Format.Count(one.Events)),
        new("Frames", Format.Count(one.Frames)),
        new("Bytes", Format.Bytes(one.Bytes)),
        new("Read", one.IsWhole ? "all of it" : "the first frames only"),
    ];

    private static Cell[] RowOf(StoredEventItem one) =>
    [
        one.Sequence, Format.Moment(one.RecordedAt), $"{one.Type} v{one.Version}",
        one.Key is null ? "–" : new Cell(Format.Shorten(one.Key, 40), Href: $"store?key={Uri.EscapeDataString(one.Key)}"),
        Format.Shorten(one.Source, 40), one.IsErased ? "erased" : Format.Shorten(one.Data, 200),
    ];

    private static Cell[] StreamRow(StoreStreamItem one) =>
    [
        new(Format.Shorten(one.Name, 60), Href: $"store/streams/{Uri.EscapeDataString(one.Name)}"), one.Version,
        one.IsDeleted ? "deleted" : "open",
    ];

    private static string? Moment(DateTime? time) =>
        time is { } given ? DateTime.SpecifyKind(given, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture) : null;
}
