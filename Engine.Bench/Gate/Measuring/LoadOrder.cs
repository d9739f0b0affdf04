using System.Numerics;

namespace Engine.Bench.Gate.Measuring;

/// <summary>
/// The order in which the copies of two builds are loaded, and so compiled and placed in memory: base, head, head, base,
/// head, base, base, head. Neither comes first more often, nor at the odd places (Thue and Morse's sequence).
/// </summary>
internal static class LoadOrder
{
    /// <summary>Whether each of the loads is of the head.</summary>
    public static IEnumerable<bool> IsHead(int copies, bool headFirst)
    {
        for (int place = 0; place < 2 * copies; place++)
            yield return (BitOperations.PopCount((uint)place) % 2 == 1) != headFirst;
    }
}
