namespace Engine.PerfCollect.Profiles;

/// <summary>The stacks in which most time was spent, grouped by their innermost methods.</summary>
internal static class StackCosts
{
    /// <summary>The costliest stacks, each with its innermost frames first.</summary>
    public static IEnumerable<(double Milliseconds, string[] Frames)> Top(Profile profile, int count, int depth) => profile.Samples
        .Where(static sample => sample.Frames.Length > 0)
        .GroupBy(sample => string.Join('\n', sample.Frames.TakeLast(depth).Reverse().Select(MethodName.Short)))
        .Select(static group => (Milliseconds: group.Sum(static sample => sample.Milliseconds), Frames: group.Key.Split('\n')))
        .OrderByDescending(static stack => stack.Milliseconds)
        .Take(count);
}
