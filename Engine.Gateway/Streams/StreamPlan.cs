using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

/// <summary>Where a stream begins, and how far its history goes.</summary>
/// <param name="Cursor">The event behind which it begins.</param>
/// <param name="HistoryEnd">The last event of its history: behind it, it is caught up.</param>
/// <param name="HasHistory">Whether it says when it is caught up.</param>
/// <param name="IsFinite">Whether it ends behind its history.</param>
/// <param name="ResetReason">Why the client's cursor means nothing; null if it has none, or does.</param>
internal sealed record StreamPlan(long Cursor, long HistoryEnd, bool HasHistory, bool IsFinite, string? ResetReason)
{
    /// <summary>Whether nothing is left of a range that is over: the client need not come again.</summary>
    public bool IsOver { get; private init; }

    public static async ValueTask<StreamPlan> MakeAsync(
        StreamRequest request, IFrameHistory history, GatewayOptions options, DateTimeOffset now, CancellationToken cancellationToken)
    {
        long end = history.LastSequence;
        bool isFinite = request.Filter.End <= now;
        if (isFinite)
            end = Math.Min(end, await history.FindBeforeAsync(request.Filter.End!.Value, cancellationToken).ConfigureAwait(false));
        if (ResetReasonOf(request, history) is string reason)
            return new StreamPlan(history.FirstSequence - 1, end, HasHistory: true, isFinite, reason);
        if (request.Resume is { } cursor)
        {
            return new StreamPlan(cursor.Sequence, end, HasHistory: true, isFinite, ResetReason: null)
            {
                IsOver = isFinite && cursor.Sequence >= end,
            };
        }

        int? limit = request.HistoryLimit ?? (isFinite ? options.HistoryDefault : null);
        long start = limit is int count
            ? await history.FindNewestAsync(request.Filter, end, count, cancellationToken).ConfigureAwait(false)
            : end;
        return new StreamPlan(start, end, HasHistory: limit is not null, isFinite, ResetReason: null);
    }

    private static string? ResetReasonOf(StreamRequest request, IFrameHistory history) => request switch
    {
        { HasUnreadableCursor: true } => "unreadable",
        { Resume: null } => null,
        { Resume.Epoch: var epoch } when epoch != history.Epoch => "epoch",
        { Resume.Sequence: var sequence } when sequence > history.LastSequence => "ahead",
        _ => null,
    };
}
