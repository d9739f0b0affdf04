using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Gateway.Feeds;

/// <summary>
/// Counts page faults by page, for so many pages; faults of others are counted together.
/// Written by one dispatcher thread.
/// </summary>
internal sealed class PageFaultCounts
{
    private const int MaxPages = 16_384;
    private const ulong PageMask = ~0xFFFUL;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, long> _counts = [];
    private long _total;

    public long Total => Volatile.Read(ref _total);

    public void Add(ReadOnlySpan<PageFaulted> faults, in Envelope envelope)
    {
        lock (_lock)
        {
            foreach (ref readonly PageFaulted fault in faults)
            {
                ulong page = fault.Address & PageMask;
                if (_counts.Count < MaxPages || _counts.ContainsKey(page))
                    _counts[page] = _counts.GetValueOrDefault(page) + 1;
            }

            Volatile.Write(ref _total, _total + faults.Length);
        }
    }

    /// <summary>The pages with most faults.</summary>
    /// <param name="count">How many.</param>
    /// <param name="omitted">Pages that are not among them, as far as they are known.</param>
    public IReadOnlyList<(ulong Page, long Faults)> Top(int count, out long omitted)
    {
        lock (_lock)
        {
            omitted = Math.Max(0, _counts.Count - count);
            return [.. _counts.OrderByDescending(static entry => entry.Value).ThenBy(static entry => entry.Key).Take(count)
                .Select(static entry => (entry.Key, entry.Value))];
        }
    }
}
