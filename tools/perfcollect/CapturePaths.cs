using Engine.Tooling;

namespace Engine.PerfCollect;

/// <summary>The files of one capture: <c>NAME.nettrace</c> with events, <c>NAME.trace.zip</c> with samples of perf.</summary>
internal sealed class CapturePaths
{
    private const string EventsSuffix = ".nettrace";
    private const string CpuSuffix = ".trace.zip";

    private CapturePaths(string name)
    {
        Name = name;
        PartialEvents = Events;
        PartialCpu = OutputFile.TemporaryBeside(Cpu);
    }

    /// <summary>The path without suffixes.</summary>
    public string Name { get; }

    public string Events => Name + EventsSuffix;

    public string Cpu => Name + CpuSuffix;

    /// <summary>Where the events are written while they come: in their place, unless they are to replace others.</summary>
    public string PartialEvents { get; private set; }

    /// <summary>Where the samples are written until they are complete.</summary>
    public string PartialCpu { get; }

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
    /// <exception cref="PerfCollectException">They cannot, or one exists and may not be replaced. Nothing has been changed.</exception>
    public void CheckWritable(bool mayOverwrite)
    {
        foreach (string path in (ReadOnlySpan<string>)[Events, Cpu])
        {
            FileKind kind = KindOf(path);
            if (kind is FileKind.Folder or FileKind.Special)
                throw new PerfCollectException($"{path} is no ordinary file; choose another --output");
            if (!mayOverwrite && kind != FileKind.None)
                throw new PerfCollectException($"{path} exists; choose another --output or give --overwrite");
        }

        if (File.Exists(Events))
            PartialEvents = OutputFile.TemporaryBeside(Events);
        try
        {
            using FileStream file = new(PartialCpu, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            file.WriteByte(0);
            file.Flush();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerfCollectException($"{Name}: files cannot be written there ({error.Message})");
        }
    }

    /// <summary>Removes what is not complete and not in its place.</summary>
    public void DeletePartial()
    {
        foreach (string path in (ReadOnlySpan<string>)[PartialEvents, PartialCpu])
        {
            if (path == Events)
                continue;
            try
            {
                File.Delete(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Notices.Write($"{path} is not complete and cannot be deleted: {error.Message}");
            }
        }
    }

    private FileKind KindOf(string path)
    {
        try
        {
            return FileKinds.Of(path);
        }
        catch (IOException error)
        {
            throw new PerfCollectException($"{Name}: files cannot be written there ({error.Message})");
        }
    }
}
