namespace Engine.Bus;

/// <summary>Options of a bus break rules. The message lists every problem with path, value and rule.</summary>
/// <param name="problems">All that is wrong, at least one.</param>
public sealed class InvalidBusOptionsException(IReadOnlyList<ConfigurationProblem> problems) : ArgumentException(Describe(problems))
{
    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; } = problems;

    private static string Describe(IReadOnlyList<ConfigurationProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        return problems.Count == 1
            ? $"An option of the bus is wrong. {problems[0]}"
            : $"{problems.Count} options of the bus are wrong:{string.Concat(problems.Select(static problem => $"\n  {problem}"))}";
    }
}
