namespace Engine.Bus;

/// <summary>
/// A filter that passes events of one name only, of names that events of the type carry themselves. A topic finds such
/// subscriptions by the name instead of asking each.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal interface INamedFilter<T>
{
    /// <summary>The name.</summary>
    string Name { get; }

    /// <summary>The name that an event carries; may be any code, and throw. The same for all filters of the type.</summary>
    string? NameOf(in T @event);
}
