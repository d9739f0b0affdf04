namespace Engine.PerfCollect;

/// <summary>The files of one capture: <c>NAME.nettrace</c> with events, <c>NAME.trace.zip</c> with samples of perf.</summary>
internal sealed class CapturePaths
{
    private const string EventsSuffix = ".nettrace";
    private const string CpuSuffix = ".trace.zip";

    private CapturePaths(string name)
    {
        Name = name;
    }

    /// <summary>The path without suffixes.</summary>
    public string Name { get; }

    public string Events => Name + EventsSuffix;

    public string Cpu => Name + CpuSuffix;

    /// <summary>The capture that NAME or one of its files stands for.</summary>
    /// <exception cref="UsageException">The name is empty or ends in a separator.</exception>
    public static CapturePaths Parse(string text)
    {
        foreach (string suffix in (ReadOnlySpan<string>)[EventsSuffix, CpuSuffix])
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                text = text[..^suffix.Length];
        }

        return Path.GetFileName(text).Length > 0
            ? new CapturePaths(text)
            : throw new UsageException($"\"{text}\" is no name for a capture; give a path without suffix, such as profiles/slow");
    }

    /// <summary>Finds out before the capture whether its files can be written after it.</summary>
    /// <exception cref="PerfCollectException">They cannot, or one exists and may not be replaced.</exception>
    public void CheckWritable(bool mayOverwrite)
    {
        foreach (string path in (ReadOnlySpan<string>)[Events, Cpu])
        {
            if (!mayOverwrite && File.Exists(path))
                throw new PerfCollectException($"{path} exists; choose another --output or give --overwrite");
        }

        string probe = Name + ".partial";
        try
        {
            using FileStream file = new(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            file.WriteByte(0);
            file.Flush();
            File.Delete(Events);
            File.Delete(Cpu);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerfCollectException($"{Name}: files cannot be written there ({error.Message})");
        }
    }
}
