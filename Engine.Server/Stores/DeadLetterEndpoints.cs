using System.Globalization;
using Engine.Dashboard.Api;
using Engine.Gateway.Web;
using Engine.Storage.DeadLetters;
using Engine.Storage.Facade;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Server.Stores;

/// <summary>Answers what is asked of dead letters beneath <c>/api/v1/dead-letters</c>.</summary>
internal static class DeadLetterEndpoints
{
    private const int MaxRedriven = 1000;

    public static async Task ListAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        DeadLetterFilter filter = FilterOf(parameters);
        long after = parameters.Number("after", 0, long.MaxValue, 0);
        int limit = (int)parameters.Number("limit", 1, StoreEndpoints.MaxPage, 50);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        IReadOnlyList<DeadLetter> letters = await storage.DeadLetters.ListAsync(filter, after, limit + 1, context.RequestAborted)
            .ConfigureAwait(false);
        DeadLetterStatistics all = await storage.DeadLetters.GetStatisticsAsync(context.RequestAborted).ConfigureAwait(false);
        DeadLetter[] shown = [.. letters.Take(limit)];
        await StoreEndpoints.AnswerAsync(context, new DeadLetterPage(
            [.. shown.Select(StoreItems.Of)], shown.Length == 0 ? after : shown[^1].Id, letters.Count > limit, all.Count, all.Exhausted,
            all.OldestAge.TotalSeconds, [.. TargetsOf(context).Select(static target => target.Subscription)])).ConfigureAwait(false);
    }

    public static async Task OneAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        long id = long.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);
        DeadLetter? letter = await storage.DeadLetters.GetAsync(id, context.RequestAborted).ConfigureAwait(false);
        await (letter is null
            ? Problems.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such letter.")
            : StoreEndpoints.AnswerAsync(context, StoreItems.Of(letter))).ConfigureAwait(false);
    }

    public static async Task RedriveAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        DeadLetterFilter filter = FilterOf(parameters) with { Ids = parameters.Ids("id") };
        bool isDryRun = parameters.Flag("dry_run");
        int limit = (int)parameters.Number("limit", 1, MaxRedriven, 100);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        var redriver = new DeadLetterRedriver(storage.DeadLetters, TargetsOf(context));
        RedriveReport report = await redriver.RedriveAsync(filter, limit, isDryRun, cancellationToken: context.RequestAborted)
            .ConfigureAwait(false);
        await StoreEndpoints.AnswerAsync(context, new RedriveResult(
            isDryRun, report.Matched, report.Delivered, report.Failed, report.NotTaken, report.Exhausted)).ConfigureAwait(false);
    }

    public static async Task DiscardAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        IReadOnlyList<long> ids = parameters.Ids("id");
        string? reason = parameters.Text("reason");
        // Not all of them by leaving something out.
        parameters.Require(ids.Count > 0, "id", "id must name the letters.");
        parameters.Require(!string.IsNullOrWhiteSpace(reason), "reason", "reason must say why; it goes to the log.");
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        int count = await storage.DeadLetters.DiscardAsync(new DeadLetterFilter { Ids = ids }, reason!, context.RequestAborted)
            .ConfigureAwait(false);
        await StoreEndpoints.AnswerAsync(context, new DiscardResult(count)).ConfigureAwait(false);
    }

    private static DeadLetterFilter FilterOf(StoreParameters parameters) => new()
    {
        Topic = parameters.Text("topic"),
        Subscription = parameters.Text("subscription"),
        Status = parameters.Choice<DeadLetterStatus>("status"),
    };

    private static IReadOnlyList<RedriveTarget> TargetsOf(HttpContext context) =>
        context.RequestServices.GetRequiredService<StoreAccess>().Store!.Architecture.RedriveTargets;
}
