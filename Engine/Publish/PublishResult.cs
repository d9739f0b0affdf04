namespace Engine.Publish;

/// <summary>What became of several events published with one call.</summary>
/// <param name="Accepted">Events accepted: the first ones of the span.</param>
/// <param name="Outcome">What became of the rest; <see cref="PublishOutcome.Published"/> if there is none.</param>
public readonly record struct PublishResult(int Accepted, PublishOutcome Outcome);
