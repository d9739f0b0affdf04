using Engine.Cluster.Transport;
using Engine.Storage.DeadLetters;
using Engine.Storage.Records;

namespace Engine.Cluster.Events;

/// <summary>
/// An event from the broker, with the verbs of a message. The first settlement counts; others change nothing. Thread-safe.
/// </summary>
public sealed class ClusterEventMessage
{
    private readonly TransportDelivery _delivery;
    private readonly ClusterEventConsumerOptions _options;
    private int _isSettled;
    private volatile bool _isToComeAgain;

    internal ClusterEventMessage(TransportDelivery delivery, StoredEvent @event, ClusterEventConsumerOptions options) =>
        (_delivery, Event, _options) = (delivery, @event, options);

    /// <summary>The event.</summary>
    public StoredEvent Event { get; }

    /// <summary>The how-many-eth time it is delivered, from 1.</summary>
    public int Attempt => _delivery.Attempt;

    /// <summary>Whether it was settled.</summary>
    public bool IsSettled => Volatile.Read(ref _isSettled) != 0;

    /// <summary>Whether the settlement was that it is to come again.</summary>
    internal bool IsToComeAgain => _isToComeAgain;

    /// <summary>It is handled.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if it was settled before.</returns>
    public ValueTask<bool> AckAsync(CancellationToken cancellationToken = default) => SettleAsync(_delivery.AckAsync, cancellationToken);

    /// <summary>It is to come again.</summary>
    /// <param name="delay">Not before this time; 0 for the consumer's own delay, which grows with the attempts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if it was settled before.</returns>
    public ValueTask<bool> NackAsync(TimeSpan delay = default, CancellationToken cancellationToken = default) => SettleAsync(
        token =>
        {
            _isToComeAgain = true;
            return _delivery.NackAsync(delay > TimeSpan.Zero ? delay : _options.DelayAfter(Attempt), token);
        },
        cancellationToken);

    /// <summary>It is being worked on: the broker's time for it begins anew.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if it was settled.</returns>
    public async ValueTask<bool> ExtendAsync(CancellationToken cancellationToken = default)
    {
        if (IsSettled)
            return false;
        await _delivery.ExtendAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>It is given up: becomes a dead letter, durably, and does not come again.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="error">What was thrown; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if it was settled before.</returns>
    /// <exception cref="InvalidOperationException">The consumer has no dead letters.</exception>
    public async ValueTask<bool> ParkAsync(string reason, Exception? error = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        if (_options.DeadLetters is not { } letters)
        {
            throw new InvalidOperationException(
                $"The consumer \"{_options.Group}\" has no {nameof(ClusterEventConsumerOptions.DeadLetters)}.");
        }

        if (IsSettled)
            return false;
        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        await letters.AddAsync(DeadLetter.For(Event, _options.Group, Attempt, reason, error, now, now), cancellationToken)
            .ConfigureAwait(false);
        return await SettleAsync(_delivery.TerminateAsync, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> SettleAsync(Func<CancellationToken, ValueTask> settle, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isSettled, 1) != 0)
            return false;
        await settle(cancellationToken).ConfigureAwait(false);
        return true;
    }
}
