using Engine.Bus.Retry;

namespace Engine.Tests.Handlers.Retry;

/// <summary>An action that fails as often as it is told to, and keeps what it and its observer saw.</summary>
internal sealed class FailingAction(int failures, Func<int, Exception>? failure = null)
{
    public List<RetryAttempt> Attempts { get; } = [];

    public List<RetryNotice> Notices { get; } = [];

    public static ValueTask Fail(FailingAction self, RetryAttempt attempt, CancellationToken cancellationToken)
    {
        self.Attempts.Add(attempt);
        return self.Attempts.Count <= self.Failures ? throw self.ExceptionOf(self.Attempts.Count) : ValueTask.CompletedTask;
    }

    public static async ValueTask FailLater(FailingAction self, RetryAttempt attempt, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await Fail(self, attempt, cancellationToken);
    }

    public static void Note(FailingAction self, RetryNotice notice) => self.Notices.Add(notice);

    private int Failures => failures;

    private Exception ExceptionOf(int attempt) => failure?.Invoke(attempt) ?? new InvalidOperationException($"try {attempt}");
}
