using System.IO.Compression;
using Microsoft.Diagnostics.Tracing.StackSources;

namespace Engine.PerfCollect.Profiles;

/// <summary>Reads the samples of perf from <c>NAME.trace.zip</c>.</summary>
internal static class CpuProfileReader
{
    private const string Entry = ".data.txt";
    private const double NanosecondsPerMillisecond = 1e6;

    /// <exception cref="PerfCollectException">The file is not such an archive.</exception>
    public static Profile Read(string path)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            ZipArchiveEntry entry = archive.Entries.FirstOrDefault(static entry => entry.FullName.EndsWith(Entry, StringComparison.Ordinal))
                ?? throw new PerfCollectException($"{path} holds no {Entry}");
            using Stream text = entry.Open();
            var names = new Dictionary<string, string>();
            var samples = new List<ProfileSample>();
            double first = -1;
            foreach (LinuxEvent sample in new LinuxPerfScriptEventParser().ParseSkippingPreamble(text))
            {
                if (first < 0)
                    first = sample.TimeMSec;
                samples.Add(new ProfileSample(
                    sample.TimeMSec - first, sample.TimeProperty / NanosecondsPerMillisecond, sample.ProcessID, sample.ThreadID,
                    Unique(names, sample.Command is [':', ..] ? "unnamed" : sample.Command), FramesOf(sample, names)));
            }

            return new Profile("perf", samples);
        }
        catch (Exception error) when (error is not PerfCollectException)
        {
            // The parser has no type of its own for text that it cannot read.
            throw new PerfCollectException($"{path} cannot be read: {error.Message}");
        }
    }

    // The parser gives the innermost frame first, and thread and process as the last two. Of neighbours without symbols in
    // one module, one says as much as all.
    private static string[] FramesOf(LinuxEvent sample, Dictionary<string, string> names)
    {
        var frames = new List<string>();
        foreach (Frame frame in sample.CallerStacks.Where(static frame => frame.Kind == FrameKind.StackFrame).Reverse())
        {
            string name = Unique(names, frame.DisplayName);
            if (frames.Count == 0 || frames[^1] != name || !MethodName.IsUnknown(name))
                frames.Add(name);
        }

        return [.. frames];
    }

    private static string Unique(Dictionary<string, string> names, string name)
    {
        if (!names.TryGetValue(name, out string? known))
            names.Add(name, known = name);
        return known;
    }
}
