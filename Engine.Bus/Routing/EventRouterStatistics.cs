using static System.FormattableString;

namespace Engine.Bus.Routing;

/// <summary>What a router did. While it is running, the figures may be of slightly different moments.</summary>
/// <param name="Received">Events that came.</param>
/// <param name="Filtered">Events that a filter did not let pass; a filter that threw did not.</param>
/// <param name="Defaulted">Events that went to the default route, because no other took them.</param>
/// <param name="Unrouted">Events that no route took, where there is no default route.</param>
/// <param name="Routes">The routes, in the order in which they were added.</param>
public sealed record EventRouterStatistics(
    long Received, long Filtered, long Defaulted, long Unrouted, IReadOnlyList<RouteStatistics> Routes)
{
    /// <summary>A line for the router, and an indented one for each route.</summary>
    public override string ToString() => string.Join('\n', [
        Invariant($"router: {Received:N0} received, {Filtered:N0} filtered, {Defaulted:N0} defaulted, {Unrouted:N0} unrouted"),
        .. Routes.Select(static route => $"  {route}")]);
}

/// <summary>What one route did.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Matches">The event name or the pattern it is for.</param>
/// <param name="Delivered">Events that its handler was called with.</param>
/// <param name="Failed">Events for which its predicate, its transformation or its handler threw.</param>
public readonly record struct RouteStatistics(string Name, string Matches, long Delivered, long Failed)
{
    /// <summary>One line.</summary>
    public override string ToString() => Invariant($"route \"{Name}\" ({Matches}): {Delivered:N0} delivered, {Failed:N0} failed");
}
