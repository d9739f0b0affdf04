using Microsoft.Diagnostics.Tracing.Analysis;
using Microsoft.Diagnostics.Tracing.Analysis.GC;
using TraceLog = Microsoft.Diagnostics.Tracing.Etlx.TraceLog;

namespace Engine.PerfCollect.View;

/// <summary>What the runtime told of collections, contended locks and exceptions.</summary>
internal sealed class RuntimeEvents
{
    public RuntimeEvents(TraceLog log)
    {
        Microsoft.Diagnostics.Tracing.Etlx.TraceLogEventSource source = log.Events.GetSource();
        source.NeedLoadedDotNetRuntimes();
        source.Clr.ContentionStop += contention =>
        {
            Contentions++;
            ContentionMilliseconds += contention.DurationNs / 1e6;
        };
        source.Clr.ExceptionStart += exception =>
            Exceptions[exception.ExceptionType] = Exceptions.GetValueOrDefault(exception.ExceptionType) + 1;
        source.Process();
        Collections = [.. source.Processes()
            .SelectMany(static process => process.LoadedDotNetRuntime()?.GC.GCs ?? []).Where(static gc => gc.IsComplete)];
    }

    public IReadOnlyList<TraceGC> Collections { get; }

    public long Contentions { get; private set; }

    /// <summary>Time that threads waited for locks.</summary>
    public double ContentionMilliseconds { get; private set; }

    /// <summary>How often each type of exception was thrown.</summary>
    public Dictionary<string, long> Exceptions { get; } = [];
}
