namespace Engine.Bus.Routing;

/// <summary>Which of several routes that match get an event.</summary>
public enum RouteMatching
{
    /// <summary>All of them, in the order in which they were added.</summary>
    All,

    /// <summary>The one that was added first.</summary>
    First,
}
