namespace Engine.Bus.Retry;

/// <summary>Which try of how many an action is in.</summary>
/// <param name="Number">The number of the try; the first is 1.</param>
/// <param name="MaxAttempts">How many tries there are at most.</param>
public readonly record struct RetryAttempt(int Number, int MaxAttempts)
{
    /// <summary>Whether no other try follows, whatever happens.</summary>
    public bool IsLast => Number >= MaxAttempts;
}
