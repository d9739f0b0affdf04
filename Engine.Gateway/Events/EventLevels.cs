namespace Engine.Gateway.Events;

/// <summary>The levels of logs and alerts, from the least to the worst.</summary>
public static class EventLevels
{
    /// <summary>All levels, ascending.</summary>
    public static IReadOnlyList<string> All { get; } = ["trace", "debug", "info", "warning", "error", "critical"];

    /// <summary>The rank of a level, from 0; -1 for what is no level.</summary>
    /// <param name="level">The level.</param>
    public static int RankOf(string? level)
    {
        for (int i = 0; i < All.Count; i++)
        {
            if (All[i] == level)
                return i;
        }

        return -1;
    }
}
