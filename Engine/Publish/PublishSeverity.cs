namespace Engine.Publish;

/// <summary>
/// Which of two outcomes is worse: the order in which <see cref="PublishOutcome"/> declares them. Where one publish reaches several
/// places, the worst is what the publisher is told. The only place that knows the order.
/// </summary>
internal static class PublishSeverity
{
    /// <summary>The worse of two outcomes.</summary>
    public static PublishOutcome Worse(PublishOutcome one, PublishOutcome other) => one > other ? one : other;
}
