namespace Engine.Bus;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Path">Where: the key, as <c>EventBus:Batch:Size</c>, or the file.</param>
/// <param name="Value">The value found there; null where the rule is not about one.</param>
/// <param name="Rule">What is expected.</param>
public sealed record ConfigurationProblem(string Path, string? Value, string Rule)
{
    /// <summary>One line: path, value and rule.</summary>
    public override string ToString() => Value is null ? $"{Path}: {Rule}" : $"{Path} = \"{Value}\": {Rule}";
}
