using Engine.Gateway.Access;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Engine.Gateway.Web;

/// <summary>Adds the event gateway to a web application.</summary>
public static class EngineServerExtensions
{
    /// <summary>Where a request has the name of who sent it.</summary>
    internal static readonly object UserItem = new();

    private const string ReadyTag = "engine-ready";

    /// <summary>
    /// Registers the gateway, which stops with the host, its access rules and its health check. What is registered already as
    /// <see cref="Events.EventCatalog"/>, <see cref="IFrameHistory"/> or <see cref="TimeProvider"/> is used.
    /// </summary>
    /// <param name="services">Where.</param>
    /// <param name="options">How the gateway works; null for the defaults.</param>
    /// <param name="access">Who may use it; null for clients of the same machine.</param>
    /// <exception cref="InvalidGatewayOptionsException">Options break rules.</exception>
    /// <exception cref="ArgumentException">Rules of access are not right.</exception>
    public static IServiceCollection AddEngineServer(
        this IServiceCollection services, GatewayOptions? options = null, AccessOptions? access = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        options = (options ?? new GatewayOptions()).Copy();
        options.Validate();
        var guard = new AccessGuard(access ?? new AccessOptions());
        services.TryAddSingleton(guard);
        services.TryAddSingleton(provider => new EventGateway(
            provider.GetService<Events.EventCatalog>(), options, provider.GetService<IFrameHistory>(),
            provider.GetService<TimeProvider>()));
        services.TryAddSingleton<EventsEndpoint>();
        services.TryAddSingleton<HistoryEndpoint>();
        services.AddHostedService<GatewayLifetime>();
        services.AddHealthChecks().AddCheck<GatewayHealthCheck>("event-gateway", tags: [ReadyTag]);
        return services;
    }

    /// <summary>
    /// Maps the stream, its history as pages, the statistics and the accounts of machines, at
    /// <see cref="GatewayOptions.Path"/>. What is returned takes the host's policies of authorization, CORS and limits.
    /// </summary>
    /// <param name="endpoints">Where.</param>
    public static IEndpointConventionBuilder MapEngineEvents(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        string path = endpoints.ServiceProvider.GetRequiredService<EventGateway>().Options.Path;
        RouteGroupBuilder group = endpoints.MapGroup(path);
        // A stream keeps its request; services that are asked of the request would stay with it.
        EventsEndpoint events = endpoints.ServiceProvider.GetRequiredService<EventsEndpoint>();
        AccessGuard guard = endpoints.ServiceProvider.GetRequiredService<AccessGuard>();
        group.MapGet("", context => ServeGuarded(context, guard, events.ServeAsync)).Noted(GatewayNotes.Events);
        group.MapGet("/history", Guarded(static (context, access) => Service<HistoryEndpoint>(context).ServeAsync(context, access)))
            .Noted(GatewayNotes.History);
        group.MapGet("/statistics", Guarded(StatisticsEndpoint.ServeAsync)).Noted(GatewayNotes.Statistics);
        group.MapGet("/accounting", Guarded(AccountingEndpoint.ServeAsync)).Noted(GatewayNotes.Accounting);
        group.MapPost("/streams/{id}/filter", Guarded(FilterEndpoint.ServeAsync)).Noted(GatewayNotes.Filter);
        return group;
    }

    /// <summary>
    /// Maps <c>/health/live</c>, which says that the process answers,
    /// and <c>/health/ready</c>, which looks at the gateway.
    /// </summary>
    /// <param name="endpoints">Where.</param>
    public static IEndpointConventionBuilder MapEngineHealth(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        RouteGroupBuilder group = endpoints.MapGroup("/health");
        group.MapHealthChecks("/live", new HealthCheckOptions { Predicate = static _ => false }).Noted(GatewayNotes.Live);
        group.MapHealthChecks("/ready").Noted(GatewayNotes.Ready);
        return group;
    }

    /// <summary>Maps the dashboard, at <c>/</c>, and the script that connects pages to the gateway, at <c>/engine-events.js</c>.</summary>
    /// <param name="endpoints">Where.</param>
    public static IEndpointConventionBuilder MapEngineDashboard(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        RouteGroupBuilder group = endpoints.MapGroup("");
        foreach (PageFile page in PageFile.All)
            group.MapGet(page.Path, page.ServeAsync);
        return group;
    }

    /// <summary>Maps only the script that connects pages to the gateway, for an application with pages of its own.</summary>
    /// <param name="endpoints">Where.</param>
    public static IEndpointConventionBuilder MapEngineScript(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        PageFile script = PageFile.All.Single(static page => page.Path == PageFile.ScriptPath);
        return endpoints.MapGet(script.Path, script.ServeAsync);
    }

    internal static RequestDelegate Guarded(Func<HttpContext, AccessVerdict, Task> serve) =>
        context => ServeGuarded(context, Service<AccessGuard>(context), serve);

    private static Task ServeGuarded(HttpContext context, AccessGuard guard, Func<HttpContext, AccessVerdict, Task> serve)
    {
        AccessVerdict access = guard.Check(context);
        if (access.User is not null)
            context.Items[UserItem] = access.User;
        return access.Outcome == AccessOutcome.Allowed ? serve(context, access) : Problems.RefuseAsync(context, access);
    }

    private static T Service<T>(HttpContext context)
        where T : notnull =>
        context.RequestServices.GetRequiredService<T>();
}
