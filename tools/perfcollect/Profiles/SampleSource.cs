namespace Engine.PerfCollect.Profiles;

/// <summary>Which samples of a capture to look at.</summary>
internal enum SampleSource
{
    /// <summary>perf's where there are some, otherwise the runtime's.</summary>
    Best,

    /// <summary>perf's.</summary>
    Cpu,

    /// <summary>The runtime's.</summary>
    Events,
}
