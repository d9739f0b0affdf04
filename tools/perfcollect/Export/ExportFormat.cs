namespace Engine.PerfCollect.Export;

/// <summary>Formats for other tools.</summary>
internal enum ExportFormat
{
    /// <summary>For speedscope.app.</summary>
    Speedscope,

    /// <summary>For chrome://tracing and edge://tracing.</summary>
    Chromium,

    /// <summary>For ui.perfetto.dev, which reads Chromium's format.</summary>
    Perfetto,

    /// <summary>A picture that any browser shows.</summary>
    FlameGraph,
}
