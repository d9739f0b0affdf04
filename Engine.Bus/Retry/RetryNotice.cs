namespace Engine.Bus.Retry;

/// <summary>A try failed and there will be another one.</summary>
/// <param name="Attempt">The try that failed.</param>
/// <param name="Exception">What it failed with.</param>
/// <param name="Delay">
/// The time until the next try, exactly as it is scheduled. Null where a pipeline of the user's own tries again: then the
/// notice comes when the next try begins.
/// </param>
internal readonly record struct RetryNotice(RetryAttempt Attempt, Exception? Exception, TimeSpan? Delay);
