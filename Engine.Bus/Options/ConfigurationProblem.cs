using Engine.Primitives;

namespace Engine.Bus;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Path">Where: the key, as <c>EventBus:Batch:Size</c>, or the file.</param>
/// <param name="Value">The value found there; null where the rule is not about one.</param>
/// <param name="Rule">What is expected.</param>
public sealed record ConfigurationProblem(string Path, string? Value, string Rule)
{
    /// <summary>Where in a file the key stands, as <c>bus.yaml(3,5)</c>; null if that is not known.</summary>
    public string? Place { get; init; }

    /// <summary>One line: place, path, value and rule; what is long is cut.</summary>
    public override string ToString()
    {
        string place = Place is null ? "" : Place + ": ";
        string value = Value is null ? "" : $" = \"{ReadableText.Short(Value)}\"";
        return $"{place}{ReadableText.Short(Path)}{value}: {Rule}";
    }
}
