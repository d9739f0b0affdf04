using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace Engine.PerfCollect.Collect;

/// <summary>What is recorded of a host's events.</summary>
internal static class EventProviders
{
    public const string Engine = "Engine";
    public const string Guest = "Engine.Emulator";
    public const string SampleProfiler = "Microsoft-DotNETCore-SampleProfiler";
    public const string Tasks = "System.Threading.Tasks.TplEventSource";

    // Keywords of the runtime's events, as its manifest numbers them.
    private const long GarbageCollections = 0x1;
    private const long Loader = 0x8;
    private const long Jit = 0x10;
    private const long PrecompiledCode = 0x20;
    private const long Contention = 0x4000;
    private const long Exceptions = 0x8000;
    private const long ThreadPool = 0x10000;

    // Lets activity ids flow with tasks, without which starts and stops on different threads do not find each other.
    private const long TaskActivityIds = 0x80;

    public static IReadOnlyList<EventPipeProvider> Default { get; } =
    [
        new(Engine, EventLevel.Verbose, -1),
        new(Guest, EventLevel.Informational),
        // Only at this level do events of compiled methods carry names, which matter when the host is killed: its list of
        // methods comes with the end of the session.
        new("Microsoft-Windows-DotNETRuntime", EventLevel.Verbose,
            GarbageCollections | Loader | Jit | PrecompiledCode | Contention | Exceptions | ThreadPool),
        new(SampleProfiler, EventLevel.Informational),
        new(Tasks, EventLevel.Informational, TaskActivityIds),
    ];
}
