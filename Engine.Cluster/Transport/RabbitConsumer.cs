using System.Diagnostics;
using Engine.Cluster.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Engine.Cluster.Transport;

/// <summary>
/// A durable consumer of a stream of RabbitMQ. The broker gives messages by offset and forgets nothing because of a settlement, so what
/// was settled, what is to come again and when, and which message came before under the same id is known here; how far all is settled
/// is saved at the broker. Thread-safe.
/// </summary>
internal sealed class RabbitConsumer(
    RabbitLink link, ClusterOptions options, string stream, string name, bool isOrdered) : IAsyncDisposable
{
    private const int MaxIds = 65_536;
    private const ushort Prefetch = 256;
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMilliseconds(250);

    private readonly RabbitPlace _place = new(link, stream, name, options.Replicas);
    private readonly SortedDictionary<long, OpenMessage> _open = [];
    private readonly Dictionary<string, long> _ids = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long Time)> _idOrder = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly SemaphoreSlim _one = new(1);
    private readonly Lock _lock = new();
    private IChannel? _channel;
    private RabbitMarker? _marker;
    private long _next = -1;
    private long _saved;
    private long _savedAt;
    private bool _isGone;

    /// <summary>Makes what is needed at the broker.</summary>
    public Task EnsureAsync(CancellationToken cancellationToken) => _place.EnsureAsync(cancellationToken);

    public async Task<IReadOnlyList<TransportDelivery>> ReceiveAsync(int most, TimeSpan wait, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            await SubscribeAsync(cancellationToken).ConfigureAwait(false);
            await SaveIfDueAsync(cancellationToken).ConfigureAwait(false);
            List<TransportDelivery> taken = Take(most, out TimeSpan nextDue);
            TimeSpan left = wait - Stopwatch.GetElapsedTime(start);
            if (taken.Count > 0 || left <= TimeSpan.Zero)
                return taken;
            await _signal.WaitAsync(left < nextDue ? left : nextDue, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What was not given yet or is not settled, once all is here that was in the stream when this began.</summary>
    public async Task<long> CountPendingAsync(CancellationToken cancellationToken)
    {
        await SubscribeAsync(cancellationToken).ConfigureAwait(false);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var marker = new RabbitMarker();
            lock (_lock)
            {
                // More does not come before some of these are settled; there are at least these.
                if (_open.Count >= Prefetch)
                    return _open.Count;
                _marker = marker;
            }

            await marker.PublishAsync(link, stream, cancellationToken).ConfigureAwait(false);
            await marker.Seen.WaitAsync(options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                _marker = null;
                return _open.Count;
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>A message is done with, whichever time it was given.</summary>
    public async ValueTask SettleAsync(RabbitMessage message)
    {
        IChannel? channel;
        lock (_lock)
        {
            if (!_open.TryGetValue(message.Offset, out OpenMessage? open) || open.Message != message)
                return;
            _open.Remove(message.Offset);
            channel = open.Channel;
        }

        await AckAsync(channel, message.Tag).ConfigureAwait(false);
        Wake();
    }

    /// <summary>A message is to be given again.</summary>
    public void Return(RabbitMessage message, int attempt, TimeSpan delay) => SetDue(message, attempt, delay);

    /// <summary>A message is being worked on.</summary>
    public void Extend(RabbitMessage message, int attempt) => SetDue(message, attempt, options.AckWait);

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var time = new CancellationTokenSource(options.AnswerTimeout);
            if (link.IsConnected)
                await SaveAsync(time.Token).ConfigureAwait(false);
            if (_channel is { } channel)
                await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The place is older then, and messages come again.
        }
    }

    private void SetDue(RabbitMessage message, int attempt, TimeSpan delay)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(message.Offset, out OpenMessage? open) && open.Message == message && open.Attempt == attempt)
                open.DueAt = Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency);
        }

        Wake();
    }

    private List<TransportDelivery> Take(int most, out TimeSpan nextDue)
    {
        var taken = new List<TransportDelivery>();
        nextDue = TimeSpan.FromMinutes(1);
        long now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            foreach (OpenMessage open in _open.Values)
            {
                if (open.DueAt > now)
                {
                    TimeSpan due = Stopwatch.GetElapsedTime(now, open.DueAt) + TimeSpan.FromMilliseconds(1);
                    nextDue = due < nextDue ? due : nextDue;
                }
                else
                {
                    open.DueAt = now + (long)(options.AckWait.TotalSeconds * Stopwatch.Frequency);
                    taken.Add(new RabbitDelivery(this, open.Message, ++open.Attempt));
                }

                // Only the first one may be under way.
                if (isOrdered || taken.Count >= most)
                    break;
            }
        }

        return taken;
    }

    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        ThrowIfGone();
        if (_channel is { IsOpen: true })
            return;
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_channel is { IsOpen: true })
                return;
            long next = _next >= 0 ? _next : await _place.LoadAsync(cancellationToken).ConfigureAwait(false);
            // A stream that was made anew since is shorter.
            if (next > 0 && !await RabbitMarker.IsReachedAsync(link, stream, next, options.AnswerTimeout, cancellationToken)
                .ConfigureAwait(false))
                next = 0;
            IChannel channel = await link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
            await channel.BasicQosAsync(0, Prefetch, global: false, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                if (next == 0)
                    Forget();
                if (_next < 0)
                    _saved = next;
                (_channel, _next) = (channel, next);
            }

            await channel.BasicConsumeAsync(
                stream, autoAck: false, string.Empty, noLocal: false, exclusive: false,
                new Dictionary<string, object?> { ["x-stream-offset"] = next == 0 ? "first" : next },
                new RabbitListener(channel, message => TakeInAsync(channel, message), NoteGone, Wake), cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            _channel = null;
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task TakeInAsync(IChannel channel, RabbitArrival arrival)
    {
        bool isNew = false;
        lock (_lock)
        {
            if (channel != _channel)
                return;
            long offset = arrival.Message.Offset;
            if (arrival.MarkerId is { } id)
            {
                if (_marker?.Id == id)
                    _marker.Set(offset);
            }
            else
            {
                isNew = offset >= _next && IsNewId(arrival.MessageId);
                if (isNew)
                    _open[offset] = new OpenMessage(arrival.Message, channel);
                if (_open.Count >= Prefetch)
                    _marker?.Set(offset);
            }

            _next = Math.Max(_next, offset + 1);
        }

        if (isNew)
            Wake();
        else
            await AckAsync(channel, arrival.Message.Tag).ConfigureAwait(false);
    }

    private bool IsNewId(string? id)
    {
        if (id is null)
            return true;
        long now = Stopwatch.GetTimestamp();
        while (_idOrder.TryPeek(out (string Id, long Time) oldest)
            && (_idOrder.Count >= MaxIds || Stopwatch.GetElapsedTime(oldest.Time, now) > options.DuplicateWindow))
        {
            _idOrder.Dequeue();
            _ids.Remove(oldest.Id);
        }

        if (!_ids.TryAdd(id, now))
            return false;
        _idOrder.Enqueue((id, now));
        return true;
    }

    private async Task SaveIfDueAsync(CancellationToken cancellationToken)
    {
        if (_savedAt != 0 && Stopwatch.GetElapsedTime(_savedAt) < SaveInterval)
            return;
        _savedAt = Stopwatch.GetTimestamp();
        await SaveAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        long settled;
        lock (_lock)
            settled = _open.Count > 0 ? _open.First().Key : _next;
        if (settled < 0 || settled == _saved)
            return;
        await _place.SaveAsync(settled, cancellationToken).ConfigureAwait(false);
        _saved = settled;
    }

    /// <summary>The broker has ended the subscription: the stream was deleted.</summary>
    private void NoteGone(IChannel channel)
    {
        lock (_lock)
        {
            if (channel != _channel)
                return;
            Forget();
            (_channel, _next, _isGone) = (null, 0, true);
        }

        Wake();
    }

    // What is under way is another stream's.
    private void Forget()
    {
        _open.Clear();
        _ids.Clear();
        _idOrder.Clear();
    }

    private void ThrowIfGone()
    {
        lock (_lock)
        {
            if (!_isGone)
                return;
            _isGone = false;
        }

        throw new ClusterException(
            ClusterFault.StreamMissing, $"\"{stream}\" at {options} was deleted; the hub makes it when it starts.");
    }

    private void Wake()
    {
        if (_signal.CurrentCount == 0)
            _signal.Release();
    }

    private static async ValueTask AckAsync(IChannel channel, ulong tag)
    {
        try
        {
            // Room for another one, and nothing else.
            await channel.BasicAckAsync(tag, multiple: false).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RabbitMQClientException or ObjectDisposedException or IOException)
        {
            // The connection is gone, and all deliveries of it.
        }
    }

    private sealed class OpenMessage(RabbitMessage message, IChannel channel)
    {
        public RabbitMessage Message => message;

        public IChannel Channel => channel;

        public int Attempt { get; set; }

        public long DueAt { get; set; }
    }
}
