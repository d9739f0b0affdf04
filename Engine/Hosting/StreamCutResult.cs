namespace Engine.Hosting;

/// <summary>How a cut of streams, or a rewind to one, ended.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Cut">The cut; null where none was made.</param>
/// <param name="Detail">What was in the way, for people: the event type that was not handled, or what a subscriber threw; or null.</param>
public readonly record struct StreamCutResult(CutOutcome Outcome, StreamCut? Cut, string? Detail);
