namespace Engine.Gateway.Events;

/// <summary>The names of what the gateway says of a stream within it.</summary>
public static class ControlEvents
{
    /// <summary>Events are missing: <c>from</c>, <c>to</c> and <c>reason</c>.</summary>
    public const string Gap = "gap";

    /// <summary>The cursor means nothing here: what follows is all that is kept.</summary>
    public const string Reset = "reset";

    /// <summary>History ends here, and what follows is live.</summary>
    public const string CaughtUp = "caught-up";

    /// <summary>All of the range has been sent; a reconnect gets 204.</summary>
    public const string End = "end";

    /// <summary>Less is sent, because of pressure, or more again.</summary>
    public const string Degraded = "degraded";

    /// <summary>The stream has another filter from here on: <c>from</c> and <c>filter</c>.</summary>
    public const string Filter = "filter";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Gap, Reset, CaughtUp, End, Degraded, Filter];
}
