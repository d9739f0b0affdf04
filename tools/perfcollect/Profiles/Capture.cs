using Engine.Tooling;

namespace Engine.PerfCollect.Profiles;

/// <summary>The files of a capture, opened as far as they are there.</summary>
internal sealed class Capture : IDisposable
{
    private readonly Lazy<Profile?> _events;

    private Capture(CapturePaths paths, EventTrace? events)
    {
        Paths = paths;
        Events = events;
        _events = new Lazy<Profile?>(() => Events is null ? null : EventProfileReader.Read(Events));
        Cpu = File.Exists(paths.Cpu) ? CpuProfileReader.Read(paths.Cpu) : null;
    }

    public CapturePaths Paths { get; }

    public EventTrace? Events { get; }

    /// <summary>The samples of perf; null without its file.</summary>
    public Profile? Cpu { get; }

    /// <exception cref="PerfCollectException">There is neither file, or one cannot be read.</exception>
    public static Capture Open(string name)
    {
        CapturePaths paths = CapturePaths.Parse(name);
        bool hasEvents = Exists(paths.Events);
        if (!hasEvents && !Exists(paths.Cpu))
            throw new PerfCollectException($"there is neither {paths.Events} nor {paths.Cpu}");
        EventTrace? events = hasEvents ? EventTrace.Open(paths.Events) : null;
        try
        {
            return new Capture(paths, events);
        }
        catch
        {
            events?.Dispose();
            throw;
        }
    }

    /// <summary>The samples to look at: those of perf where they are, since they are not bound to safepoints.</summary>
    /// <exception cref="PerfCollectException">The chosen ones are not there.</exception>
    public Profile ProfileOf(SampleSource source) => source switch
    {
        SampleSource.Cpu => Cpu ?? throw new PerfCollectException($"there is no {Paths.Cpu}"),
        SampleSource.Events => _events.Value ?? throw new PerfCollectException($"there is no {Paths.Events}"),
        _ => Cpu ?? _events.Value!,
    };

    // A pipe or device may have no end.
    private static bool Exists(string path)
    {
        try
        {
            return FileKinds.Of(path) switch
            {
                FileKind.None => false,
                FileKind.Regular => true,
                _ => throw new PerfCollectException($"{path} is no ordinary file"),
            };
        }
        catch (IOException error)
        {
            throw new PerfCollectException($"{path} cannot be read: {error.Message}");
        }
    }

    public void Dispose() => Events?.Dispose();
}
