namespace Engine.Gateway.Feeds;

/// <summary>How far a step of a pipeline has come.</summary>
/// <param name="Share">How much of the step is done, from 0 to 1; 0 where that is not known.</param>
/// <param name="Figures">What else is to be told, by name: <c>events</c>, <c>bytes</c>, ...</param>
public readonly record struct PipelineReading(double Share, IReadOnlyList<KeyValuePair<string, long>> Figures);
