namespace Engine.Gateway.Hosting;

/// <summary>Where requests are logged: section <c>RequestLog</c> of the configuration.</summary>
internal sealed class RequestLogOptions
{
    /// <summary>The section's name.</summary>
    public const string SectionName = "RequestLog";

    /// <summary>For standard error.</summary>
    public const string StandardError = "-";

    /// <summary>A file that lines are appended to, or <c>-</c> for standard error; null for nowhere.</summary>
    public string? Path { get; set; }
}
