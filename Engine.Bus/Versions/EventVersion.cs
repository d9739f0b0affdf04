namespace Engine.Bus.Versions;

/// <summary>Names one version of an event.</summary>
/// <param name="EventName">The name that all versions share.</param>
/// <param name="Version">The version.</param>
public readonly record struct EventVersion(string EventName, int Version)
{
    /// <summary>The name and the version: <c>order.created v2</c>.</summary>
    public override string ToString() => $"{EventName} v{Version}";
}
