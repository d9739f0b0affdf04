namespace Engine.Bus.Versions;

/// <summary>
/// Makes of one version of an event the next one. Must be pure: it depends on the event alone, changes nothing, and may
/// run any number of times, on any thread.
/// </summary>
/// <typeparam name="TFrom">A version.</typeparam>
/// <typeparam name="TTo">The version after it.</typeparam>
/// <param name="event">The event in the older version.</param>
public delegate TTo EventUpcaster<TFrom, TTo>(in TFrom @event)
    where TFrom : IVersionedEvent<TFrom>
    where TTo : IVersionedEvent<TTo>;
