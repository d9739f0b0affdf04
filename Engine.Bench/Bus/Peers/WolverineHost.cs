using JasperFx.CodeGeneration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Wolverine;

namespace Engine.Bench.Bus.Peers;

/// <summary>
/// A host with Wolverine in it, for all its variants of a run. The code around the handler was written before by its command
/// <c>codegen write</c>, as the documentation advises for production.
/// </summary>
internal sealed class WolverineHost : IDisposable
{
    private readonly IHost _host;
    private readonly IServiceScope _scope;

    /// <summary>Starts the host; takes about a second.</summary>
    public WolverineHost()
    {
        _host = Host.CreateDefaultBuilder()
            .ConfigureLogging(static logging => logging.ClearProviders())
            .UseWolverine(static options =>
            {
                options.ApplicationAssembly = typeof(WolverineHost).Assembly;
                options.Services.AddSingleton<NumberSink>();
                options.Discovery.DisableConventionalDiscovery().IncludeType<NumberPublishedHandler>();
                options.LocalQueueFor<NumberPublished>().MaximumParallelMessages(1);
                options.CodeGeneration.GeneratedNamespace = typeof(WolverineHost).Namespace!;
                options.CodeGeneration.TypeLoadMode = TypeLoadMode.Static;
            })
            .Build();
        _host.Start();
        Sink = _host.Services.GetRequiredService<NumberSink>();
        _scope = _host.Services.CreateScope();
        Bus = _scope.ServiceProvider.GetRequiredService<IMessageBus>();
    }

    public IMessageBus Bus { get; }

    public NumberSink Sink { get; }

    public void Dispose()
    {
        _scope.Dispose();
        _host.StopAsync().GetAwaiter().GetResult();
        _host.Dispose();
    }
}
