using Engine.Dashboard.Api;
using Engine.Dashboard.Live;
using Engine.Dashboard.Parts;
using Engine.Gateway.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.FluentUI.AspNetCore.Components;

namespace Engine.Dashboard.Hosting;

/// <summary>Adds the dashboard to a web application that has an event gateway.</summary>
public static class EngineDashboardExtensions
{
    /// <summary>Registers what the pages need.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="server">
    /// Another server whose endpoints are shown, such as one without pages; null for the application's own. It is asked with the key
    /// that the user of a page gives.
    /// </param>
    public static void AddEngineDashboardPages(this WebApplicationBuilder builder, Uri? server = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new DashboardBackend(provider.GetRequiredService<IServer>(), server));
        services.AddScoped<ApiClient>();
        services.AddScoped<LiveFeed>();
        // A restart is a new server to all pages; nothing that is signed has to outlive it.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        // It would make a key that nobody uses, and keep it in a file.
        if (services.FirstOrDefault(static service => service.ImplementationType?.Name == "DataProtectionHostedService") is { } keys)
            services.Remove(keys);
        services.AddRazorComponents().AddInteractiveServerComponents(static circuit =>
        {
            circuit.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(1);
            circuit.DisconnectedCircuitMaxRetained = 20;
            circuit.MaxBufferedUnacknowledgedRenderBatches = 4;
        });
        services.AddFluentUIComponents();
        builder.Environment.WebRootFileProvider = new ScriptModules();
    }

    /// <summary>Maps the pages, at <c>/</c>, and their files. The gateway's own page must not be mapped.</summary>
    /// <param name="app">The application.</param>
    public static void MapEngineDashboardPages(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var gate = new DashboardGate(app.Services.GetRequiredService<AccessGuard>());
        app.Use(next => context => gate.ServeAsync(context, next));
        app.UseAntiforgery();
        foreach ((string path, Lazy<DashboardAsset> asset) in DashboardAssets.All)
            app.MapMethods(path, [HttpMethod.Get.Method, HttpMethod.Head.Method], context => asset.Value.ServeAsync(context));
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(static options => options.ContentSecurityFrameAncestorsPolicy = null);
    }
}
