using Engine.Dashboard.Api;
using Engine.Storage.Facade;
using Engine.Storage.Outbox;
using Microsoft.AspNetCore.Http;

namespace Engine.Server.Stores;

/// <summary>Answers <c>GET /api/v1/outbox</c>.</summary>
internal static class OutboxEndpoint
{
    public static async Task ServeAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        OutboxStatus? status = parameters.Choice<OutboxStatus>("status");
        int limit = (int)parameters.Number("limit", 1, StoreEndpoints.MaxPage, 50);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        OutboxStatistics all = await storage.Outbox.GetStatisticsAsync(context.RequestAborted).ConfigureAwait(false);
        IReadOnlyList<OutboxEntry> rows = await storage.Outbox.ListAsync(status, limit, context.RequestAborted).ConfigureAwait(false);
        long matching = status is { } wanted ? all.CountByStatus.GetValueOrDefault(wanted) : all.CountByStatus.Values.Sum();
        await StoreEndpoints.AnswerAsync(context, new OutboxStatusPage(
            [
                .. all.CountByStatus.OrderBy(static one => one.Key)
                    .Select(static one => new NamedCount(one.Key.ToString().ToLowerInvariant(), one.Value)),
            ],
            all.OldestPendingAge.TotalSeconds, all.PublishedLastMinute, StoreItems.Milliseconds(all.Lag, 0.5),
            StoreItems.Milliseconds(all.Lag, 0.99), all.IsAlert,
            [
                .. rows.Select(static row => new OutboxItem(
                    row.Id, row.Event.Id, row.Topic, row.Event.Key, row.Status.ToString().ToLowerInvariant(), row.RetryCount,
                    row.ErrorMessage, row.CreatedAt, row.UpdatedAt)),
            ],
            Math.Max(0, matching - rows.Count))).ConfigureAwait(false);
    }
}
