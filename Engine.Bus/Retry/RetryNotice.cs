namespace Engine.Bus.Retry;

/// <summary>A try failed and another one is scheduled.</summary>
/// <param name="Attempt">The try that failed.</param>
/// <param name="Exception">What it failed with.</param>
/// <param name="Delay">The time until the next try, exactly as it is scheduled.</param>
public readonly record struct RetryNotice(RetryAttempt Attempt, Exception Exception, TimeSpan Delay);
