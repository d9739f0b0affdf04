namespace Engine.Bus.Retry;

/// <summary>Which try of how many an action is in.</summary>
/// <param name="Number">The number of the try; the first is 1.</param>
/// <param name="MaxAttempts">How many tries the options allow; a pipeline of the user's own may make more.</param>
internal readonly record struct RetryAttempt(int Number, int MaxAttempts)
{
    /// <summary>Whether the options allow no other try, whatever happens.</summary>
    public bool IsLast => Number >= MaxAttempts;
}
