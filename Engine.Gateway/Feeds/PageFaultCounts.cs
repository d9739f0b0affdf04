using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Gateway.Feeds;

/// <summary>
/// Counts page faults by page, and by the instruction that met them, for so many of each; faults of others are in the total only.
/// Written by one dispatcher thread.
/// </summary>
internal sealed class PageFaultCounts
{
    private const int MaxPages = 16_384;
    private const int MaxPlaces = 16_384;
    private const ulong PageMask = ~0xFFFUL;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, long> _counts = [];
    private readonly Dictionary<ulong, long> _places = [];
    private long _total;

    public long Total => Volatile.Read(ref _total);

    public void Add(ReadOnlySpan<PageFaulted> faults, in Envelope envelope)
    {
        lock (_lock)
        {
            foreach (ref readonly PageFaulted fault in faults)
            {
                Count(_counts, fault.Address & PageMask, MaxPages);
                Count(_places, fault.At.Pc, MaxPlaces);
            }

            Volatile.Write(ref _total, _total + faults.Length);
        }
    }

    /// <summary>Adds faults up by the functions that met them; those without a name are left out.</summary>
    /// <param name="find">Names an address.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<(string Function, long Faults)> TopFunctions(Func<ulong, string?> find, int count)
    {
        KeyValuePair<ulong, long>[] places;
        lock (_lock)
            places = [.. _places];
        return
        [
            .. places.Select(place => (Name: find(place.Key)?.Split("+0x")[0], place.Value)).Where(static place => place.Name is not null)
                .GroupBy(static place => place.Name!).Select(static function => (function.Key, function.Sum(static place => place.Value)))
                .OrderByDescending(static function => function.Item2).ThenBy(static function => function.Key, StringComparer.Ordinal)
                .Take(count),
        ];
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

    private static void Count(Dictionary<ulong, long> counts, ulong key, int most)
    {
        if (counts.Count < most || counts.ContainsKey(key))
            counts[key] = counts.GetValueOrDefault(key) + 1;
    }
}
