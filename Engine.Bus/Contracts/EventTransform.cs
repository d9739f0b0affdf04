using Engine.Events;

namespace Engine.Bus;

/// <summary>Makes an event of one type of an event of another.</summary>
/// <typeparam name="TFrom">The type of the event that there is.</typeparam>
/// <typeparam name="TTo">The type of the event that is wanted.</typeparam>
/// <param name="event">The event that there is.</param>
public delegate TTo EventTransform<TFrom, TTo>(in TFrom @event)
    where TFrom : IEvent<TFrom>
    where TTo : IEvent<TTo>;
