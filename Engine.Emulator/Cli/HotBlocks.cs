using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Emulator.Cli;

/// <summary>
/// Finds where the guest spends its instructions, from a sample of its blocks. Every 61st block is looked at, which
/// costs next to nothing and is exact enough for a share in per cent.
/// </summary>
internal sealed class HotBlocks : IBatchHandler<BlockExecuted>
{
    // A prime, so that a loop of blocks in the guest is not sampled in step.
    private const int Stride = 61;
    private const int MaxBlocks = 16_384;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, long> _instructions = [];
    private long _total;
    private int _skip;

    public void Handle(ReadOnlySpan<BlockExecuted> events, in Envelope envelope)
    {
        lock (_lock)
        {
            int i = _skip;
            for (; i < events.Length; i += Stride)
                Count(events[i].FirstPc, events[i].RetiredCount);
            _skip = i - events.Length;
        }
    }

    /// <summary>The blocks with most instructions, with their share of all sampled ones.</summary>
    public IReadOnlyList<(ulong Pc, double Share)> Top(int count)
    {
        lock (_lock)
        {
            return [.. _instructions.OrderByDescending(static pair => pair.Value).Take(count)
                .Select(pair => (pair.Key, (double)pair.Value / Math.Max(1, _total)))];
        }
    }

    private void Count(ulong pc, uint instructions)
    {
        _total += instructions;
        if (_instructions.TryGetValue(pc, out long known))
            _instructions[pc] = known + instructions;
        else if (_instructions.Count < MaxBlocks)
            _instructions.Add(pc, instructions);
    }
}
