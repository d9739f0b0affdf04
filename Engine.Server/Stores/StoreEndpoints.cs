using Engine.Dashboard.Api;
using Engine.Gateway.Access;
using Engine.Gateway.Web;
using Engine.Storage.Databases;
using Engine.Storage.Facade;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Server.Stores;

/// <summary>
/// Maps what is known of storage, as JSON, beneath <c>/api/v1</c>. For those only who may see all events.
/// </summary>
internal static class StoreEndpoints
{
    public const int MaxPage = 200;

    private const int MaxTypes = 50;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder api = endpoints.MapGroup("/api/v1");
        Get(api, "/store", StoreNotes.Status, StatusAsync);
        Get(api, "/store/events", StoreNotes.Events, EventsAsync);
        Get(api, "/store/streams", StoreNotes.Streams, StreamsAsync);
        Get(api, "/store/streams/{name}", StoreNotes.Stream, StreamAsync);
        Get(api, "/subscriptions", StoreNotes.Subscriptions, SubscriptionsAsync);
        Get(api, "/outbox", StoreNotes.Outbox, OutboxEndpoint.ServeAsync);
        Get(api, "/metrics/events", StoreNotes.Metrics, MetricsEndpoint.ServeAsync);
        Get(api, "/dead-letters", StoreNotes.Letters, DeadLetterEndpoints.ListAsync);
        Get(api, "/dead-letters/{id:long}", StoreNotes.Letter, DeadLetterEndpoints.OneAsync);
        Post(api, "/dead-letters/redrive", StoreNotes.Redrive, DeadLetterEndpoints.RedriveAsync);
        Post(api, "/dead-letters/discard", StoreNotes.Discard, DeadLetterEndpoints.DiscardAsync);
        api.MapGet("/journal", EngineServerExtensions.Guarded((context, access) =>
            RefuseAsync(context, access) ?? JournalEndpoint.ServeAsync(context, AccessOf(context).JournalDirectory)))
            .Noted(StoreNotes.Journal);
    }

    internal static Task AnswerAsync<T>(HttpContext context, T answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(answer, ApiJson.Options, context.RequestAborted);
    }

    private static void Get(
        RouteGroupBuilder api, string path, EndpointNote note, Func<HttpContext, EventDrivenStorage, Task> serve) =>
        api.MapGet(path, EngineServerExtensions.Guarded((context, access) => ServeAsync(context, access, serve))).Noted(note);

    private static void Post(
        RouteGroupBuilder api, string path, EndpointNote note, Func<HttpContext, EventDrivenStorage, Task> serve) =>
        api.MapPost(path, EngineServerExtensions.Guarded((context, access) => FilterEndpoint.IsFromElsewhere(context.Request)
            ? Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "A page of another server may not change anything here.")
            : ServeAsync(context, access, serve))).Noted(note);

    private static StoreAccess AccessOf(HttpContext context) => context.RequestServices.GetRequiredService<StoreAccess>();

    private static Task? RefuseAsync(HttpContext context, AccessVerdict access) => access.Allowed is null
        ? null
        : Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "Who may not see all events may not see what is stored.");

    private static async Task ServeAsync(HttpContext context, AccessVerdict access, Func<HttpContext, EventDrivenStorage, Task> serve)
    {
        if (RefuseAsync(context, access) is { } refusal)
        {
            await refusal.ConfigureAwait(false);
            return;
        }

        if (AccessOf(context).Store is not { } store)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status404NotFound,
                "No event store is configured: set EventDriven:Store:Connection, such as \"Data Source=events.db\".").ConfigureAwait(false);
            return;
        }

        try
        {
            await serve(context, store.Architecture.Storage).ConfigureAwait(false);
        }
        catch (StorageException error) when (!context.Response.HasStarted)
        {
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, error.Message).ConfigureAwait(false);
        }
    }

    private static async Task StatusAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        EventStoreStatistics store = await storage.Events.GetStatisticsAsync(context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, new StoreStatus(
            storage.Database.ToString() ?? "", store.Epoch, store.FirstSequence, store.LastSequence, store.EventCount, store.DataBytes,
            [
                .. store.CountByType.OrderByDescending(static type => type.Value).Take(MaxTypes)
                    .Select(static type => new NamedCount(type.Key, type.Value)),
            ],
            Math.Max(0, store.CountByType.Count - MaxTypes), store.CacheHitRate, store.CachedCount, store.PendingWrites,
            StoreItems.Milliseconds(store.AppendDuration, 0.5), StoreItems.Milliseconds(store.AppendDuration, 0.99), store.LastTrimmedAt))
            .ConfigureAwait(false);
    }

    private static async Task EventsAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        Engine.Bus.EventNamePattern? type = parameters.Pattern("type");
        var filter = new EventFilter
        {
            EventTypes = type is null ? [] : [type],
            Key = parameters.Text("key"),
            Source = parameters.Text("source"),
            CorrelationId = parameters.Id("correlation_id"),
            From = parameters.Time("start_time"),
            To = parameters.Time("end_time"),
        };
        long before = parameters.Number("before", 1, long.MaxValue, long.MaxValue);
        int limit = (int)parameters.Number("limit", 1, MaxPage, 50);
        parameters.Require(!(filter.From > filter.To), "end_time", "end_time must not be before start_time.");
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        EventPage page = await storage.Events.ReadPageAsync(before, filter, ReadDirection.Backward, limit, context.RequestAborted)
            .ConfigureAwait(false);
        await AnswerAsync(context, new StoredEventPage([.. page.Events.Select(StoreItems.Of)], page.NextSequence, page.Tail))
            .ConfigureAwait(false);
    }

    private static async Task StreamsAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        string prefix = parameters.Text("prefix") ?? "";
        string? after = parameters.Text("after");
        int limit = (int)parameters.Number("limit", 1, MaxPage, 50);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        IReadOnlyList<EventStream> streams = await storage.Events.ListStreamsAsync(prefix, after, limit, context.RequestAborted)
            .ConfigureAwait(false);
        await AnswerAsync(context, new StoreStreams(
            [.. streams.Select(static stream => new StoreStreamItem(stream.Name, stream.Version, stream.IsDeleted))],
            streams.Count == limit ? streams[^1].Name : null)).ConfigureAwait(false);
    }

    private static async Task StreamAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        long from = parameters.Number("from_version", 1, long.MaxValue, 1);
        int limit = (int)parameters.Number("limit", 1, MaxPage, 50);
        // The one letter that stays encoded in a path.
        string name = ((string)context.Request.RouteValues["name"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        parameters.Require(name.Length <= 255, "name", "name has more than 255 characters.");
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        StreamPage page = await storage.Events.ReadStreamAsync(name, from, limit, context.RequestAborted).ConfigureAwait(false);
        if (page.Stream.Version == 0)
        {
            await Problems.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such stream.").ConfigureAwait(false);
            return;
        }

        await AnswerAsync(context, new StoreStreamPage(
            page.Stream.Name, page.Stream.Version, page.Stream.IsDeleted, [.. page.Events.Select(StoreItems.Of)], page.NextVersion,
            page.IsLast)).ConfigureAwait(false);
    }

    private static async Task SubscriptionsAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        IReadOnlyList<DurableCheckpoint> all = await DurableCheckpoint.ListAsync(
            storage.Database, cancellationToken: context.RequestAborted).ConfigureAwait(false);
        // Read afterwards, so that no subscription is ahead of it.
        long tail = (await storage.Events.GetStatisticsAsync(context.RequestAborted).ConfigureAwait(false)).LastSequence;
        await AnswerAsync(context, new DurableSubscriptionPage(
            tail,
            [
                .. all.OrderBy(static one => one.Sequence).Take(MaxPage).Select(one => new DurableSubscriptionItem(
                    one.Subscription, one.Sequence, Math.Max(0, tail - one.Sequence), one.IsHeld, one.UpdatedAt)),
            ],
            Math.Max(0, all.Count - MaxPage))).ConfigureAwait(false);
    }
}
