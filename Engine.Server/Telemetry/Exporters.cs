using System.Collections;
using Engine.Gateway.Access;
using Engine.Gateway.Hosting;
using Engine.Gateway.Web;
using Engine.Tooling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Engine.Server.Telemetry;

/// <summary>
/// The meters of engine, gateway, runtime and web server, for Prometheus to scrape, and for an OpenTelemetry collector where the
/// environment names one, by the variables that all of OpenTelemetry has.
/// </summary>
internal static class Exporters
{
    public const string Path = "/metrics";

    private const string Prefix = "OTEL_";
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <exception cref="UsageException">The collector's address is none.</exception>
    public static HostExtension Create()
    {
        string? endpoint = Environment.GetEnvironmentVariable(EndpointVariable);
        if (!string.IsNullOrEmpty(endpoint)
            && !(Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"))
            throw new UsageException($"{EndpointVariable}: \"{ToolProgram.Shorten(endpoint)}\" is no http address");
        return new HostExtension(builder => Add(builder, !string.IsNullOrEmpty(endpoint)), Map);
    }

    private static void Add(WebApplicationBuilder builder, bool hasCollector)
    {
        builder.Configuration.AddInMemoryCollection(
            from DictionaryEntry variable in Environment.GetEnvironmentVariables()
            let name = (string)variable.Key
            where name.StartsWith(Prefix, StringComparison.Ordinal)
            select KeyValuePair.Create(name, (string?)variable.Value));
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(static resource => resource.AddService("engine-server").AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter("Engine*", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                    .AddPrometheusExporter();
                if (hasCollector)
                    metrics.AddOtlpExporter();
            });
    }

    private static void Map(WebApplication app)
    {
        AccessGuard guard = app.Services.GetRequiredService<AccessGuard>();
        app.UseWhen(
            static context => context.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase),
            branch => branch.Use(next => context => ServeAsync(guard, context, next)));
        app.MapPrometheusScrapingEndpoint(Path).Noted(
            new EndpointNote("All figures, for Prometheus.", null) { ContentType = "text/plain" });
    }

    private static Task ServeAsync(AccessGuard guard, HttpContext context, RequestDelegate next)
    {
        AccessVerdict access = guard.Check(context);
        if (access.Outcome != AccessOutcome.Allowed)
            return Problems.RefuseAsync(context, access);
        return access.Allowed is null
            ? next(context)
            : Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "Who may not see all events may not see all figures.");
    }
}
