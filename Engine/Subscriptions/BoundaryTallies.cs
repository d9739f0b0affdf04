namespace Engine.Subscriptions;

/// <summary>What the regions of an engine's subscriptions had counted at one moment.</summary>
/// <param name="Counts">The counts by region.</param>
internal sealed record BoundaryTallies(IReadOnlyDictionary<RegionTally, (ulong Inside, ulong Outside)> Counts);
