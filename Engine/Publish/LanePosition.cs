namespace Engine.Publish;

/// <summary>How far a lane is.</summary>
/// <param name="EventType">Name of the event type.</param>
/// <param name="Sequence">Sequence of the next event for dispatched subscribers.</param>
/// <param name="InlineSequence">Sequence of the next event for inline subscribers.</param>
public readonly record struct LanePosition(string EventType, long Sequence, long InlineSequence);
