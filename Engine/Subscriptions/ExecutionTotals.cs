using Engine.Events.Vm;

namespace Engine.Subscriptions;

/// <summary>
/// What a subscription to the execution of a virtual CPU has covered, up to the virtual CPU's last look, and what it was handed of that.
/// Exact at rest: then <c>SeenInstructions + SeenInBlocks + Counted + Missing = Covered</c>, and <c>Missing</c> is what was lost.
/// </summary>
/// <param name="Detail">The detail of now.</param>
/// <param name="ByInstruction">Instructions in ranges that were told one by one.</param>
/// <param name="ByBlock">Instructions in ranges that were told block by block.</param>
/// <param name="Counted">Instructions in ranges that were counted.</param>
/// <param name="SeenInstructions">Instructions handed to the handler one by one.</param>
/// <param name="SeenInBlocks">Instructions of the blocks handed to the handler.</param>
/// <param name="SeenBlocks">Blocks handed to the handler.</param>
/// <param name="Changes">Ranges that have ended.</param>
public readonly record struct ExecutionTotals(
    ExecutionDetail Detail, ulong ByInstruction, ulong ByBlock, ulong Counted, ulong SeenInstructions, ulong SeenInBlocks, ulong SeenBlocks,
    long Changes)
{
    /// <summary>Instructions retired from the first one on.</summary>
    public ulong Covered => ByInstruction + ByBlock + Counted;

    /// <summary>Those of them that the handlers have not been told of: on their way, or lost.</summary>
    public ulong Missing => ByInstruction + ByBlock - Math.Min(ByInstruction + ByBlock, SeenInstructions + SeenInBlocks);

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{SeenInstructions:N0} instructions one by one, {SeenInBlocks:N0} in {SeenBlocks:N0} blocks, {Counted:N0} counted, " +
        $"{Missing:N0} missing: {Covered:N0} retired; {Changes:N0} ranges");
}
