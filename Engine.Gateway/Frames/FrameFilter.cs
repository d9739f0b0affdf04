using System.Collections.Frozen;
using Engine.Gateway.Events;

namespace Engine.Gateway.Frames;

/// <summary>Which events a stream wants. Immutable and thread-safe.</summary>
public sealed record FrameFilter
{
    /// <summary>All events.</summary>
    public static FrameFilter All { get; } = new();

    /// <summary>Wire names; null for all types.</summary>
    public FrozenSet<string>? Types { get; init; }

    /// <summary>Resource ids; null for all.</summary>
    public FrozenSet<string>? Resources { get; init; }

    /// <summary>Recorded at this time or later.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Recorded before this time.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Levels; null for all, those without included.</summary>
    public FrozenSet<string>? Levels { get; init; }

    /// <summary>Sources; null for all.</summary>
    public FrozenSet<string>? Sources { get; init; }

    /// <summary>Nodes; null for all.</summary>
    public FrozenSet<string>? Nodes { get; init; }

    /// <summary>Pipelines; null for all.</summary>
    public FrozenSet<string>? Pipelines { get; init; }

    /// <summary>What has to be true of the envelope beside; null for nothing.</summary>
    public FilterExpression? Expression { get; init; }

    /// <summary>Decides on types and resources beside, as an authorization does; null for all.</summary>
    internal Func<string, string, bool>? Allowed { get; init; }

    /// <summary>Whether it leaves anything out.</summary>
    public bool IsFiltering => this != All;

    /// <summary>Whether an event is wanted.</summary>
    /// <param name="frame">The event.</param>
    public bool Matches(EventFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        EventFacets facets = frame.Facets;
        return Has(Types, frame.Type) && Has(Resources, frame.ResourceId)
            && (Start is null || frame.RecordedAt >= Start) && (End is null || frame.RecordedAt < End)
            && Has(Levels, facets.Level) && Has(Sources, facets.Source) && Has(Nodes, NodeOf(frame)) && Has(Pipelines, PipelineOf(frame))
            && (Allowed is null || Allowed(frame.Type, frame.ResourceId)) && (Expression is null || Expression.Matches(frame));
    }

    /// <summary>Whether the other lets through the same events, as far as that can be seen.</summary>
    internal bool WantsSameAs(FrameFilter other) =>
        Start == other.Start && End == other.End && Equals(Allowed, other.Allowed) && Equals(Expression, other.Expression)
        && AreSame(Types, other.Types) && AreSame(Resources, other.Resources) && AreSame(Levels, other.Levels)
        && AreSame(Sources, other.Sources) && AreSame(Nodes, other.Nodes) && AreSame(Pipelines, other.Pipelines);

    /// <summary>In a few words.</summary>
    public override string ToString()
    {
        IEnumerable<string> parts = Part("type", Types).Concat(Part("resource_id", Resources)).Concat(Part("level", Levels))
            .Concat(Part("source", Sources)).Concat(Part("node_id", Nodes)).Concat(Part("pipeline_id", Pipelines))
            .Concat(Expression is null ? [] : [$"filter={Expression}"]);
        string text = string.Join(' ', parts);
        return text.Length == 0 ? "all" : text.Length <= 200 ? text : text[..200] + "...";
    }

    private static IEnumerable<string> Part(string name, FrozenSet<string>? values) =>
        values is null ? [] : [$"{name}={string.Join(',', values.Order(StringComparer.Ordinal))}"];

    private static bool AreSame(FrozenSet<string>? one, FrozenSet<string>? other) =>
        ReferenceEquals(one, other) || (one is not null && other is not null && one.SetEquals(other));

    private static bool Has(FrozenSet<string>? wanted, string? value) => wanted is null || (value is not null && wanted.Contains(value));

    // An event of a node or pipeline belongs to it as those do that name it.
    private static string? NodeOf(EventFrame frame) =>
        frame.Facets.NodeId ?? (frame.Type.StartsWith("node_", StringComparison.Ordinal) ? frame.ResourceId : null);

    private static string? PipelineOf(EventFrame frame) =>
        frame.Facets.PipelineId ?? (frame.Type.StartsWith("pipeline_", StringComparison.Ordinal) ? frame.ResourceId : null);
}
