namespace Engine.Bus.Retry;

/// <summary>Tells cancellation, which is never a failure, from failures.</summary>
internal static class Cancellation
{
    /// <summary>
    /// Whether an exception means that the token's owner called the work off, rather than that the work failed: it is an
    /// <see cref="OperationCanceledException"/>, and the token was cancelled or is the exception's.
    /// </summary>
    public static bool IsMeantBy(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException canceled
        && (cancellationToken.IsCancellationRequested
            || (cancellationToken.CanBeCanceled && canceled.CancellationToken == cancellationToken));
}
