namespace Engine.Subscriptions;

/// <summary>What a subscription with boundaries covers: exact, not what was asked for but what came of it.</summary>
/// <param name="State">Where it is.</param>
/// <param name="FirstCount">Number of the first instruction it covers, once it is active.</param>
/// <param name="LastCount">
/// Number of the last instruction it covers, once it has ended. Less than <paramref name="FirstCount"/> by one if there was none.
/// </param>
/// <param name="PassedCount">The count that the virtual CPU had already retired when the subscription was refused or never reached.</param>
/// <param name="InsideRegion">
/// Instructions between the boundaries and within the region, up to the virtual CPU's last look; 0 without a region.
/// </param>
/// <param name="OutsideRegion">Those that were not in the region: counted, not published for this subscription.</param>
public readonly record struct BoundaryCoverage(
    BoundaryState State, ulong FirstCount, ulong LastCount, ulong PassedCount, ulong InsideRegion, ulong OutsideRegion)
{
    /// <summary>The state with its counts, for people.</summary>
    public override string ToString() => State switch
    {
        BoundaryState.Active => $"active from instruction {FirstCount}{Region}",
        BoundaryState.Ended => $"covered instructions {FirstCount} to {LastCount}{Region}",
        BoundaryState.Refused => $"refused: instruction {PassedCount} had been reached",
        BoundaryState.NeverReached => $"never reached: the virtual CPU ended at instruction {PassedCount}",
        _ => "waiting",
    };

    private string Region => InsideRegion + OutsideRegion == 0 ? "" : $", {InsideRegion} in the region, {OutsideRegion} outside";
}
