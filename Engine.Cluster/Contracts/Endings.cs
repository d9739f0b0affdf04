using System.Diagnostics;
using Engine.Primitives;

namespace Engine.Cluster.Contracts;

/// <summary>Waits for loops to end that call foreign code: whatever that does, the wait ends.</summary>
internal static class Endings
{
    /// <summary>How long a disposal waits where nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The range of such a time.</summary>
    public static OptionRange<TimeSpan> Timeouts { get; } = OptionRange.Of(TimeSpan.Zero, TimeSpan.FromDays(1));

    /// <summary>Waits, for a time.</summary>
    /// <param name="start">When the time began, of <see cref="Stopwatch"/>.</param>
    /// <param name="timeout">The time.</param>
    /// <param name="loops">What is waited for. What it throws is its own matter.</param>
    /// <returns>Whether all have ended.</returns>
    public static async ValueTask<bool> WaitAsync(long start, TimeSpan timeout, params IEnumerable<Task> loops)
    {
        Task all = Task.WhenAll(loops);
        TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
        if (left > TimeSpan.Zero)
            await Task.WhenAny(all, Task.Delay(left)).ConfigureAwait(false);
        return all.IsCompleted;
    }
}
