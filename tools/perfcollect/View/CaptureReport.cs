using Engine.PerfCollect.Profiles;
using Microsoft.Diagnostics.Tracing.Analysis.GC;

namespace Engine.PerfCollect.View;

/// <summary>The report of <c>view</c>.</summary>
internal sealed class CaptureReport(ReportWriter writer, int top)
{
    private const int StackDepth = 8;
    private const int TopStacks = 3;

    public void Write(Capture capture, SampleSource source)
    {
        WriteProfile(capture.ProfileOf(source));
        if (capture.Events is not EventTrace events)
            return;
        WriteEngine(new EngineEvents(events.Log));
        WriteGuest(new GuestFunctions(events.Log));
        WriteRuntime(new RuntimeEvents(events.Log));
        if (events.Log.EventsLost > 0)
            writer.Line($"The host lost {events.Log.EventsLost:N0} events because they came faster than they were written.");
    }

    private void WriteProfile(Profile profile)
    {
        var costs = new MethodCosts(profile);
        int threads = profile.Samples.Select(static sample => sample.ThreadId).Distinct().Count();
        writer.Line($"{profile.Samples.Count:N0} samples ({profile.Source}), {costs.TotalMilliseconds / 1000:0.00} s of {threads} threads");
        if (profile.Samples.Count == 0)
            return;
        writer.Heading("Methods by their own time (exclusive)");
        WriteMethods(costs.ByExclusive(top), costs.TotalMilliseconds);
        MethodCost[] managed = [.. costs.ManagedByInclusive(top)];
        if (managed.Length > 0)
        {
            writer.Heading("Managed methods with all they call (inclusive)");
            WriteMethods(managed, costs.TotalMilliseconds);
        }

        writer.Heading("Threads");
        writer.Table(
            2,
            ["share", "ms", "thread"],
            profile.Samples.GroupBy(static sample => (sample.ThreadId, sample.ThreadName))
                .Select(static thread => (thread.Key, Milliseconds: thread.Sum(static sample => sample.Milliseconds)))
                .OrderByDescending(static thread => thread.Milliseconds)
                .Take(top)
                .Select(thread => new[] { Share(thread.Milliseconds, costs.TotalMilliseconds), $"{thread.Milliseconds:N0}",
                    $"{thread.Key.ThreadName} ({thread.Key.ThreadId})" }));
        int number = 0;
        foreach ((double milliseconds, string[] frames) in StackCosts.Top(profile, TopStacks, StackDepth))
        {
            writer.Heading($"Stack {++number}: {Share(milliseconds, costs.TotalMilliseconds)}, {milliseconds:N0} ms, innermost first");
            foreach (string frame in frames)
                writer.Line("  " + frame);
        }
    }

    private void WriteMethods(IEnumerable<MethodCost> costs, double total) => writer.Table(
        2,
        ["own", "total", "method"],
        costs.Select(
            cost => new[] { Share(cost.ExclusiveMilliseconds, total), Share(cost.InclusiveMilliseconds, total),
            MethodName.WithModule(cost.Method) }));

    private void WriteEngine(EngineEvents engine)
    {
        if (engine.Counts.Count == 0)
        {
            writer.Line("No events of the engine: the process has none, or nothing happened.");
            return;
        }

        writer.Heading("Event types of the engine, by the time of their batches");
        writer.Table(
            0,
            ["type", "ms", "longest", "batches", "events"],
            engine.Types.Take(top).Select(static type => new[]
            {
                type.Name, $"{type.BatchMilliseconds:N1}", $"{type.LongestBatchMilliseconds:N2}", $"{type.Batches:N0}", $"{type.Events:N0}",
            }));
        EventTypeActivity[] troubled = [.. engine.Types.Where(static type => type.Stalls + type.Lost + type.HandlerErrors > 0)];
        if (troubled.Length > 0)
        {
            writer.Heading("Stalls, losses and errors of handlers");
            writer.Table(
                0,
                ["type", "stalls", "stall ms", "lost", "errors"],
                troubled.Select(static type => new[]
                {
                    type.Name, $"{type.Stalls:N0}", $"{type.StallMilliseconds:N1}", $"{type.Lost:N0}", $"{type.HandlerErrors:N0}",
                }));
        }

        writer.Heading("Events of the engine");
        writer.Table(
            1, ["count", "event"],
            engine.Counts.OrderByDescending(static pair => pair.Value).Select(static pair => new[] { $"{pair.Value:N0}", pair.Key }));
    }

    private void WriteGuest(GuestFunctions guest)
    {
        string[][] rows = [.. guest.Hottest.Take(top).Select(static function => new[] { Share(function.Value, 1), function.Key })];
        if (rows.Length == 0)
            return;
        writer.Heading("Hottest functions of the guest, by the instructions of their hottest blocks");
        writer.Table(1, ["share", "function"], rows);
    }

    private void WriteRuntime(RuntimeEvents runtime)
    {
        writer.Heading("Runtime");
        foreach (IGrouping<int,
            TraceGC> generation in runtime.Collections.GroupBy(static gc => gc.Generation).OrderBy(static group => group.Key))
        {
            writer.Line(
                $"Collections of generation {generation.Key}: {generation.Count():N0}, pauses " +
                $"{generation.Sum(static gc => gc.PauseDurationMSec):N1} ms, "
                + $"longest {generation.Max(static gc => gc.PauseDurationMSec):N1} ms");
        }

        if (runtime.Collections.Count == 0)
            writer.Line("Collections: none");
        writer.Line($"Contended locks: {runtime.Contentions:N0}, waited {runtime.ContentionMilliseconds:N1} ms");
        foreach ((string type, long count) in runtime.Exceptions.OrderByDescending(static pair => pair.Value).Take(top))
            writer.Line($"Exceptions: {count:N0} {type}");
    }

    private static string Share(double part, double total) => total == 0 ? "0.0 %" : $"{100 * part / total:0.0} %";
}
