using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Gateway.Access;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Engine.Gateway.Web;

/// <summary>Reads what a client asks for, and collects all that is wrong with it.</summary>
internal sealed partial class StreamParameters(EventGateway gateway)
{
    private const int MaxValues = 100;
    private const int MaxShownLength = 64;

    private static readonly FrozenSet<string> Known = FrozenSet.ToFrozenSet(
        [
            "type", "resource_id", "start_time", "end_time", "limit", "last_event_id", "level", "min_level", "source", "node_id",
            "pipeline_id", "filter", AccessGuard.QueryParameter,
        ]);

    // Of a stream's beginning and end, which stay what they are.
    private static readonly string[] OfRanges = ["start_time", "end_time", "limit", "last_event_id"];

    private readonly Dictionary<string, string[]> _errors = [];
    private bool _isForbidden;

    /// <summary>What is wrong, by parameter.</summary>
    public IDictionary<string, string[]> Errors => _errors;

    /// <summary>Whether something is wrong, or nothing of what the request asks for may be seen.</summary>
    public bool IsRefused => _errors.Count > 0 || _isForbidden;

    public StreamRequest Read(HttpRequest request, AccessVerdict access)
    {
        IQueryCollection query = RequestQuery.Read(request);
        RefuseUnknown(query, Known);
        FrameFilter filter = ReadFilter(query) with { Allowed = access.Allowed };
        CheckAllowed(filter);
        int? limit = ReadLimit(query);
        (StreamCursor? resume, bool isUnreadable) = ReadCursor(request, query);
        return new StreamRequest
        {
            Filter = resume is not null && filter.Start is not null ? filter with { Start = null } : filter,
            HistoryLimit = limit ?? (filter.Start is null ? null : gateway.Options.HistoryDefault),
            Resume = resume,
            HasUnreadableCursor = isUnreadable,
            User = access.User,
        };
    }

    /// <summary>Reads what a stream that runs is to send from now on.</summary>
    public FrameFilter ReadChange(HttpRequest request, AccessVerdict access)
    {
        IQueryCollection query = RequestQuery.Read(request);
        RefuseUnknown(query, Known.Except(OfRanges));
        FrameFilter filter = ReadFilter(query) with { Allowed = access.Allowed };
        CheckAllowed(filter);
        return filter;
    }

    private void RefuseUnknown(IQueryCollection query, IEnumerable<string> known)
    {
        foreach (string unknown in query.Keys.Except(known).Take(10))
            Add(Shorten(unknown), $"is no parameter; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}");
    }

    private FilterExpression? ReadExpression(IQueryCollection query)
    {
        if (ReadSingle(query, "filter") is not { } text)
            return null;
        FilterExpression? expression = gateway.Expressions.Find(text, out string? problem);
        if (problem is not null)
            Add("filter", problem);
        return expression;
    }

    private FrameFilter ReadFilter(IQueryCollection query)
    {
        FrozenSet<string>? types = ReadSet(query, "type", splits: true);
        string[] unknown = [.. types?.Except(gateway.Catalog.Names) ?? []];
        if (unknown.Length > 0)
        {
            Add("type", $"{string.Join(", ", unknown.Take(10).Select(Quote))} is not among the event types, which are " +
                string.Join(", ", gateway.Catalog.Names));
        }

        DateTimeOffset? start = ReadTime(query, "start_time");
        DateTimeOffset? end = ReadTime(query, "end_time");
        if (start >= end)
            Add("end_time", "must be later than start_time");
        return new FrameFilter
        {
            Types = types,
            Resources = ReadSet(query, "resource_id", splits: false),
            Start = start,
            End = end,
            Levels = ReadLevels(query),
            Sources = ReadSet(query, "source", splits: false),
            Nodes = ReadSet(query, "node_id", splits: false),
            Pipelines = ReadSet(query, "pipeline_id", splits: false),
            Expression = ReadExpression(query),
        };
    }

    private FrozenSet<string>? ReadSet(IQueryCollection query, string name, bool splits)
    {
        if (!query.TryGetValue(name, out StringValues values))
            return null;
        string[] all = [.. values.SelectMany(value => splits ? (value ?? "").Split(',') : [value ?? ""])];
        if (all.Length > MaxValues)
            Add(name, $"has {all.Length} values; at most {MaxValues} are allowed");
        else if (all.Any(string.IsNullOrWhiteSpace))
            Add(name, "must not be empty");
        else if (all.FirstOrDefault(static value => value.Length > EventGateway.MaxResourceIdLength) is { } tooLong)
            Add(name, $"{Quote(tooLong)} has {tooLong.Length} characters; at most {EventGateway.MaxResourceIdLength} are allowed");
        else if (all.FirstOrDefault(static value => value.Any(char.IsControl)) is { } control)
            Add(name, $"{Quote(control)} has control characters");
        else
            return all.ToFrozenSet(StringComparer.Ordinal);
        return null;
    }

    private FrozenSet<string>? ReadLevels(IQueryCollection query)
    {
        FrozenSet<string>? levels = ReadSet(query, "level", splits: true);
        if (levels?.FirstOrDefault(static level => EventLevels.RankOf(level) < 0) is { } unknown)
            Add("level", $"{Quote(unknown)} is no level; these are {string.Join(", ", EventLevels.All)}");
        if (ReadSingle(query, "min_level") is not { } least)
            return levels;
        int rank = EventLevels.RankOf(least);
        if (rank < 0)
            Add("min_level", $"{Quote(least)} is no level; these are {string.Join(", ", EventLevels.All)}");
        if (levels is not null)
            Add("min_level", "cannot be combined with level");
        return rank < 0 ? null : EventLevels.All.Skip(rank).ToFrozenSet(StringComparer.Ordinal);
    }

    private DateTimeOffset? ReadTime(IQueryCollection query, string name)
    {
        if (ReadSingle(query, name) is not { } text)
            return null;
        // A '+' that was not encoded comes as a space.
        string time = text.Length > 19 ? text[..19] + text[19..].Replace(' ', '+') : text;
        if (TimePattern().Match(time) is { Success: true } match
            && DateTimeOffset.TryParse(
                match.Groups[1].Value + match.Groups[2].Value[..Math.Min(8, match.Groups[2].Length)] + match.Groups[3].Value,
                CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset parsed))
            return parsed.ToUniversalTime();
        Add(name, $"{Quote(text)} is no time as RFC 3339 has them, for example 2024-03-20T10:00:00Z");
        return null;
    }

    private int? ReadLimit(IQueryCollection query)
    {
        if (ReadSingle(query, "limit") is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit)
            && limit >= 1 && limit <= gateway.Options.HistoryMax)
            return limit;
        Add("limit", $"must be a number from 1 to {gateway.Options.HistoryMax}; got {Quote(text)}");
        return null;
    }

    // A client's own memory of where it was may be of another server; what is written into the address is meant.
    private (StreamCursor? Cursor, bool IsUnreadable) ReadCursor(HttpRequest request, IQueryCollection query)
    {
        string? header = request.Headers["Last-Event-ID"];
        if (!string.IsNullOrEmpty(header))
            return StreamCursor.TryParse(header, out StreamCursor fromHeader) ? (fromHeader, false) : (null, true);
        if (ReadSingle(query, "last_event_id") is not { } text)
            return (null, false);
        if (!StreamCursor.TryParse(text, out StreamCursor cursor))
            Add("last_event_id", $"{Quote(text)} is no id of an event, which is EPOCH:SEQUENCE");
        if (query.ContainsKey("start_time"))
            Add("last_event_id", "cannot be combined with start_time");
        return (cursor.Epoch is null ? null : cursor, false);
    }

    private string? ReadSingle(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out StringValues values))
            return null;
        if (values.Count == 1 && !string.IsNullOrWhiteSpace(values[0]))
            return values[0];
        Add(name, values.Count > 1 ? $"is there {values.Count} times; once is allowed" : "must not be empty");
        return null;
    }

    private void CheckAllowed(FrameFilter filter)
    {
        if (filter.Allowed is not { } allowed || filter.Types is null || filter.Resources is null)
            return;
        _isForbidden = !filter.Types.Any(type => filter.Resources.Any(resource => allowed(type, resource)));
    }

    private void Add(string name, string problem) =>
        _errors[name] = [.. _errors.GetValueOrDefault(name, []), $"{name}: {problem}."];

    private static string Quote(string value) => $"\"{Shorten(value)}\"";

    private static string Shorten(string value) => value.Length <= MaxShownLength ? value : value[..MaxShownLength] + "...";

    [GeneratedRegex(@"^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\z", RegexOptions.CultureInvariant)]
    private static partial Regex TimePattern();
}
