using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.EventPipe;

namespace Engine.PerfCollect.Profiles;

/// <summary>
/// The samples that the runtime takes of its threads. Only those in managed code count, since a thread in native code may
/// as well be waiting; and they are taken at safepoints, so callers are exact and the innermost method is not.
/// </summary>
internal static class EventProfileReader
{
    // What the runtime aims at; for the last sample of a thread.
    private const double SampleMilliseconds = 1;

    public static Profile Read(EventTrace trace)
    {
        var names = new Dictionary<CodeAddressIndex, string>();
        var open = new Dictionary<int, (double At, string[]? Frames)>();
        var samples = new List<ProfileSample>();
        foreach (ClrThreadSampleTraceData sample in trace.Log.Events.ByEventType<ClrThreadSampleTraceData>())
        {
            double at = sample.TimeStampRelativeMSec;
            Close(sample.ThreadID, at, sample.ProcessID);
            open[sample.ThreadID] = (at, sample.Type == ClrThreadSampleType.Managed ? FramesOf(sample.CallStack(), names) : null);
        }

        foreach (int thread in open.Keys.ToArray())
            Close(thread, open[thread].At + SampleMilliseconds, trace.Log.Processes.FirstOrDefault()?.ProcessID ?? 0);
        samples.Sort(static (left, right) => left.AtMilliseconds.CompareTo(right.AtMilliseconds));
        return new Profile("EventPipe, at safepoints", samples);

        void Close(int thread, double end, int process)
        {
            if (open.Remove(thread, out (double At, string[]? Frames) last) && last.Frames is { Length: > 0 } frames)
                samples.Add(new ProfileSample(last.At, end - last.At, process, thread, $"{thread}", frames));
        }
    }

    private static string[] FramesOf(TraceCallStack? stack, Dictionary<CodeAddressIndex, string> names)
    {
        var frames = new List<string>();
        for (; stack is not null; stack = stack.Caller)
            frames.Add(NameOf(stack.CodeAddress, names));
        frames.Reverse();
        return [.. frames];
    }

    private static string NameOf(TraceCodeAddress code, Dictionary<CodeAddressIndex, string> names)
    {
        if (!names.TryGetValue(code.CodeAddressIndex, out string? name))
        {
            string method = code.FullMethodName;
            name = $"{(code.ModuleName.Length == 0 ? "?" : code.ModuleName)}!{(method.Length == 0 ? $"0x{code.Address:x}" : method)}";
            names.Add(code.CodeAddressIndex, name);
        }

        return name;
    }
}
