using Microsoft.AspNetCore.Builder;

namespace Engine.Gateway.Hosting;

/// <summary>What a program adds to the web server of its gateway.</summary>
/// <param name="Add">Adds services.</param>
/// <param name="Map">Adds what is served.</param>
/// <param name="HasPages">Whether it serves pages of its own at <c>/</c>, instead of the gateway's.</param>
internal sealed record HostExtension(Action<WebApplicationBuilder> Add, Action<WebApplication> Map, bool HasPages = false)
{
    /// <summary>Adds what both add.</summary>
    public static HostExtension Of(params HostExtension[] all) => new(
        builder => Array.ForEach(all, one => one.Add(builder)), app => Array.ForEach(all, one => one.Map(app)),
        all.Any(static one => one.HasPages));
}
