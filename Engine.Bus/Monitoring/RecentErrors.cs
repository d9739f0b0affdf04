using Engine.Bus.Options;
using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>An error of a handler, without the objects that it came with.</summary>
/// <param name="Time">When it was reported.</param>
/// <param name="SubscriptionId">Id of the subscription.</param>
/// <param name="SubscriptionName">Its name.</param>
/// <param name="EventType">Name of the event type.</param>
/// <param name="EventId">The event's id.</param>
/// <param name="ExceptionType">Name of the exception's type.</param>
/// <param name="Message">The exception's message, cut after 1,024 characters.</param>
public sealed record RecentError(
    DateTimeOffset Time, long SubscriptionId, string SubscriptionName, string EventType, Guid EventId, string ExceptionType,
        string Message);

/// <summary>
/// Keeps the last errors of handlers. <see cref="Add"/> fits <see cref="EventBusOptions.OnHandlerError"/>. Thread-safe; adding takes a
/// lock for a moment.
/// </summary>
public sealed class RecentErrors
{
    private const int MaxMessageLength = 1024;

    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider;
    private readonly RecentError[] _ring;
    private long _count;

    /// <summary>Makes an empty one.</summary>
    /// <param name="capacity">Errors that are kept: 1 to 10,000.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is out of its range.</exception>
    public RecentErrors(int capacity, TimeProvider? timeProvider = null)
    {
        OptionRanges.RecentErrorCount.Check(capacity, nameof(capacity));
        _ring = new RecentError[capacity];
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>Keeps an error, in the place of the oldest if there is no room.</summary>
    public void Add(BusHandlerError error)
    {
        ArgumentNullException.ThrowIfNull(error.Exception);
        string message = ForeignText.MessageOf(error.Exception);
        var recent = new RecentError(
            _timeProvider.GetUtcNow(), error.SubscriptionId, error.SubscriptionName, error.EventType.Name, error.EventId,
            error.Exception.GetType().Name, message.Length > MaxMessageLength ? message[..MaxMessageLength] : message);
        lock (_lock)
            _ring[_count++ % _ring.Length] = recent;
    }

    /// <summary>The errors kept, the newest first.</summary>
    public IReadOnlyList<RecentError> Read()
    {
        lock (_lock)
        {
            int kept = (int)Math.Min(_count, _ring.Length);
            var errors = new RecentError[kept];
            for (int i = 0; i < kept; i++)
                errors[i] = _ring[(_count - 1 - i) % _ring.Length];
            return errors;
        }
    }
}
