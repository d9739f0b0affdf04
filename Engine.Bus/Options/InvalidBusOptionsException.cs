namespace Engine.Bus;

/// <summary>Options of a bus break rules. The message lists the first 20 problems, each with path, value and rule.</summary>
/// <param name="problems">All that is wrong, at least one.</param>
public sealed class InvalidBusOptionsException(IReadOnlyList<ConfigurationProblem> problems)
    : ArgumentException(Describe(problems, "the bus"))
{
    private const int MaxListed = 20;

    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; } = problems;

    /// <param name="problems">All that is wrong.</param>
    /// <param name="subject">What the options are of.</param>
    internal static string Describe(IReadOnlyList<ConfigurationProblem> problems, string subject)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (problems.Count == 1)
            return $"An option of {subject} is wrong. {problems[0]}";
        string list = string.Concat(problems.Take(MaxListed).Select(static problem => $"\n  {problem}"));
        string rest = problems.Count > MaxListed ? $"\n  and {problems.Count - MaxListed} more" : "";
        return $"{problems.Count} options of {subject} are wrong:{list}{rest}";
    }
}
