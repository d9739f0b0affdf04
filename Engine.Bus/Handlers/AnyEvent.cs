using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Engine.Events;

namespace Engine.Bus;

/// <summary>
/// An event of any type, with its payload and what is known beside it: what a lambda gets that is subscribed to a pattern of names.
/// Valid until the lambda has returned or its task is complete: it is used again for a later event. May be read by several threads.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class AnyEvent
{
    private EventContext? _context;

    private protected AnyEvent()
    {
    }

    /// <summary>What is known of the event beside its payload.</summary>
    /// <exception cref="InvalidOperationException">The handler has ended.</exception>
    public EventContext Context => _context ?? throw new InvalidOperationException(
        "This event was read after its handler had ended; copy what is needed of it before that.");

    /// <inheritdoc cref="EventContext.EventType"/>
    public EventDescriptor EventType => Context.EventType;

    /// <inheritdoc cref="EventContext.Id"/>
    public Guid Id => Context.Id;

    /// <inheritdoc cref="EventContext.CorrelationId"/>
    public Guid CorrelationId => Context.CorrelationId;

    /// <inheritdoc cref="EventContext.CausationId"/>
    public Guid CausationId => Context.CausationId;

    /// <inheritdoc cref="EventContext.Depth"/>
    public int Depth => Context.Depth;

    /// <inheritdoc cref="EventContext.Attempt"/>
    public int Attempt => Context.Attempt;

    /// <inheritdoc cref="EventContext.PublishedAt"/>
    public DateTimeOffset PublishedAt => Context.PublishedAt;

    /// <inheritdoc cref="EventContext.OccurredAt"/>
    public DateTimeOffset OccurredAt => Context.OccurredAt;

    /// <inheritdoc cref="EventContext.IsReplay"/>
    public bool IsReplay => Context.IsReplay;

    /// <inheritdoc cref="EventContext.Source"/>
    public string Source => Context.Source;

    /// <inheritdoc cref="EventContext.Key"/>
    public string? Key => Context.Key;

    /// <inheritdoc cref="EventContext.Metadata"/>
    public IReadOnlyDictionary<string, string> Metadata => Context.Metadata;

    /// <summary>
    /// The payload. One that is a struct is boxed, at each call; <see cref="TryGet"/> and <see cref="Accept"/> do not box.
    /// </summary>
    public abstract object Payload { get; }

    /// <summary>Gets the payload if it is of a type. Does not box.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The payload.</param>
    /// <returns>Whether the event is of that type.</returns>
    public bool TryGet<T>([NotNullWhen(true)] out T? @event)
        where T : IEvent<T>
    {
        bool isOfType = this is AnyEvent<T>;
        @event = isOfType ? ((AnyEvent<T>)this).Event : default;
        return isOfType;
    }

    /// <summary>Gives the payload, whatever its type, to a visitor. Does not box.</summary>
    /// <typeparam name="TVisitor">The type of the visitor.</typeparam>
    /// <param name="visitor">Called once, on the calling thread. What it throws comes back to the caller.</param>
    public abstract void Accept<TVisitor>(ref TVisitor visitor)
        where TVisitor : IEventVisitor, allows ref struct;

    /// <summary>The event type's name and the payload's own text.</summary>
    public override string ToString() => _context is null ? "no event" : $"{EventType.Name} {Payload}";

    private protected void SetContext(EventContext? context) => _context = context;
}

/// <inheritdoc/>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class AnyEvent<T> : AnyEvent
    where T : IEvent<T>
{
    // One per thread: a handler that runs inside another finds none and makes one.
    [ThreadStatic]
    private static AnyEvent<T>? t_spare;

    private T _event = default!;

    private AnyEvent()
    {
    }

    public T Event
    {
        get
        {
            _ = Context;
            return _event;
        }
    }

    public override object Payload => Event;

    /// <summary>Takes a spare one of the thread, or makes one.</summary>
    public static AnyEvent<T> Rent(in T @event, EventContext context)
    {
        AnyEvent<T> any = t_spare ?? new AnyEvent<T>();
        t_spare = null;
        any._event = @event;
        any.SetContext(context);
        return any;
    }

    /// <summary>The handler has ended, on whichever thread.</summary>
    public void Return()
    {
        SetContext(null);
        _event = default!;
        t_spare = this;
    }

    public override void Accept<TVisitor>(ref TVisitor visitor)
    {
        _ = Context;
        visitor.Visit(_event);
    }
}
