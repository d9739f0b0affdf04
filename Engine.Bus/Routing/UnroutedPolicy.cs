using Engine.Events;

namespace Engine.Bus.Routing;

/// <summary>
/// What an <see cref="EventRouter"/> without default route does with an event that no route takes. It is counted in any case.
/// </summary>
public enum UnroutedPolicy
{
    /// <summary>Nothing.</summary>
    Ignore,

    /// <summary>Throws an <see cref="UnroutedEventException"/>, so that the subscription counts and reports an error.</summary>
    Throw,
}

/// <summary>No route of an <see cref="EventRouter"/> took an event.</summary>
/// <param name="message">What to know.</param>
public sealed class UnroutedEventException(string message) : Exception(message)
{
    internal static UnroutedEventException Of(EventDescriptor eventType) =>
        new($"No route takes this event of type {eventType.Name}, and there is no default route.");
}
