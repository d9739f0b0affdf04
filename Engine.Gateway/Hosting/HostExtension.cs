using Microsoft.AspNetCore.Builder;

namespace Engine.Gateway.Hosting;

/// <summary>What a program adds to the web server of its gateway.</summary>
/// <param name="Add">Adds services.</param>
/// <param name="Map">Adds what is served.</param>
internal sealed record HostExtension(Action<WebApplicationBuilder> Add, Action<WebApplication> Map);
