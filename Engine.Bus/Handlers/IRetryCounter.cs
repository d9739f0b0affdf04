namespace Engine.Bus.Handlers;

/// <summary>A handler that tries again, or that decorates one which does.</summary>
internal interface IRetryCounter
{
    /// <summary>Tries after the first one so far.</summary>
    long RetryCount { get; }
}
