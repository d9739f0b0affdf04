using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Engine.Cluster.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Engine.Cluster.Transport;

/// <summary>
/// RabbitMQ's streams as transport, over AMQP 0-9-1 and without plugins. Connects when it is first used, and again for as long as it
/// lives. Thread-safe.
/// </summary>
/// <remarks>
/// What differs from NATS: a stream never refuses because it is full, it forgets its oldest, and hosts send again what the hub misses.
/// Limits are those that a stream was made with. Consumers of one name do not share messages: each name is for one process at a time.
/// Attempts are counted by that process. Ids are compared by consumers, and not before that.
/// </remarks>
public sealed class RabbitTransport : IClusterTransport
{
    // What brokers from version 4 on take, unless configured otherwise; older ones take more.
    private const int MaxBytes = 16 << 20;
    private const int MinSegmentBytes = 1 << 20;
    private const int MaxSegmentBytes = 256 << 20;
    private const string StreamExchange = "engine";
    private const string NoteExchange = "engine.notes";
    private const string DirectReply = "amq.rabbitmq.reply-to";

    private readonly ClusterOptions _options;
    private readonly RabbitLink _link;
    private readonly RabbitFaults _faults;
    private readonly ConcurrentDictionary<(string Stream, string Consumer), RabbitConsumer> _consumers = new();
    private readonly RabbitChannel _sending;
    private readonly RabbitChannel _telling;
    private volatile bool _isDisposed;

    /// <summary>Makes a transport; it connects when it is used.</summary>
    /// <param name="options">Where the broker is (<c>amqp://host:port</c> or <c>amqps://host:port</c>), and who connects.</param>
    /// <param name="name">What the broker's own lists call this client.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public RabbitTransport(ClusterOptions options, string name)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _link = new RabbitLink(options, name);
        _faults = new RabbitFaults(options);
        _sending = new RabbitChannel(_link, confirms: true, DeclareExchangesAsync);
        _telling = new RabbitChannel(_link, confirms: false, DeclareExchangesAsync);
    }

    /// <inheritdoc/>
    public int MaxMessageBytes => MaxBytes;

    /// <inheritdoc/>
    public bool IsConnected => _link.IsConnected;

    /// <inheritdoc/>
    public async ValueTask EnsureStreamAsync(TransportStream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        await CallAsync(stream.Name, async () =>
        {
            if (!await IsThereAsync(stream.Name, cancellationToken).ConfigureAwait(false))
                await DeclareAsync(stream, cancellationToken).ConfigureAwait(false);
            await using IChannel channel = await _link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
            await DeclareExchangesAsync(channel, cancellationToken).ConfigureAwait(false);
            await channel.QueueBindAsync(
                stream.Name, StreamExchange, PatternOf(stream.Subjects), cancellationToken: cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask EnsureConsumerAsync(string stream, string consumer, bool isOrdered, CancellationToken cancellationToken) =>
        await CallAsync(stream, () => _consumers
            .GetOrAdd((stream, consumer), _ => new RabbitConsumer(_link, _options, stream, consumer, isOrdered))
            .EnsureAsync(cancellationToken), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<Task> BeginSendAsync(TransportMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Body.Length > MaxBytes)
        {
            throw new ClusterException(
                ClusterFault.MessageTooLarge,
                $"A message for \"{message.Subject}\" has {message.Body.Length} bytes; the broker at {_options} takes {MaxBytes}.");
        }

        var headers = new Dictionary<string, object?>();
        foreach ((string name, string value) in message.Headers)
            headers[name] = value;
        var properties = new BasicProperties { Persistent = true, MessageId = message.Id, Headers = headers };
        Task? ack = null;
        await CallAsync(message.Subject, async () =>
        {
            IChannel channel = await _sending.GetAsync(cancellationToken).ConfigureAwait(false);
            // Handed over in the order of the calls; the task ends with the broker's word.
            ack = channel.BasicPublishAsync(
                StreamExchange, message.Subject, mandatory: true, properties, message.Body, CancellationToken.None).AsTask();
        }, cancellationToken).ConfigureAwait(false);
        return CallAsync(message.Subject, () => AckOfAsync(ack!), CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TransportDelivery>> ReceiveAsync(
        string stream, string consumer, int most, TimeSpan wait, CancellationToken cancellationToken)
    {
        IReadOnlyList<TransportDelivery> taken = [];
        await CallAsync(stream, async () => taken = await ConsumerOf(stream, consumer)
            .ReceiveAsync(most, wait, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return taken;
    }

    /// <inheritdoc/>
    public async ValueTask<long> CountPendingAsync(string stream, string consumer, CancellationToken cancellationToken)
    {
        long count = 0;
        await CallAsync(stream, async () => count = await ConsumerOf(stream, consumer)
            .CountPendingAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <inheritdoc/>
    public async ValueTask ResetConsumerAsync(string stream, string consumer, CancellationToken cancellationToken) =>
        await CallAsync(stream, async () =>
        {
            if (_consumers.TryRemove((stream, consumer), out RabbitConsumer? known))
                await known.DisposeAsync().ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DeleteStreamAsync(string stream, CancellationToken cancellationToken) =>
        await CallAsync(stream, async () =>
        {
            await using IChannel channel = await _link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
            await channel.QueueDeleteAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask TellAsync(string subject, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        await CallAsync(subject, async () =>
        {
            IChannel channel = await _telling.GetAsync(cancellationToken).ConfigureAwait(false);
            await channel.BasicPublishAsync(
                NoteExchange, subject, mandatory: false, new BasicProperties(), body, cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> AskAsync(
        string subject, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await CallAsync(subject, async () =>
        {
            await using IChannel channel = await _link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
            await DeclareExchangesAsync(channel, cancellationToken).ConfigureAwait(false);
            var replies = new AsyncEventingBasicConsumer(channel);
            replies.ReceivedAsync += (_, reply) =>
            {
                answer.TrySetResult(reply.Body.ToArray());
                return Task.CompletedTask;
            };
            channel.BasicReturnAsync += (_, _) =>
            {
                answer.TrySetResult(null);
                return Task.CompletedTask;
            };
            await channel.BasicConsumeAsync(DirectReply, autoAck: true, replies, cancellationToken).ConfigureAwait(false);
            await channel.BasicPublishAsync(
                NoteExchange, subject, mandatory: true, new BasicProperties { ReplyTo = DirectReply }, body, cancellationToken)
                .ConfigureAwait(false);
            await Task.WhenAny(answer.Task, Task.Delay(timeout, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }, cancellationToken).ConfigureAwait(false);
        return answer.Task.IsCompletedSuccessfully && answer.Task.Result is { } bytes ? bytes : (ReadOnlyMemory<byte>?)null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TransportNote> ListenAsync(
        string subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var notes = Channel.CreateUnbounded<TransportNote>();
        IChannel? channel = null;
        await CallAsync(
            subject, async () => channel = await ListenToAsync(subject, notes.Writer, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        await using (channel!.ConfigureAwait(false))
        {
            // Ends with the channel; who listens for ever begins again.
            await foreach (TransportNote note in notes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return note;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach (RabbitConsumer consumer in _consumers.Values)
            await consumer.DisposeAsync().ConfigureAwait(false);
        await _sending.DisposeAsync().ConfigureAwait(false);
        await _telling.DisposeAsync().ConfigureAwait(false);
        await _link.DisposeAsync().ConfigureAwait(false);
    }

    // NATS's sign for "and all below" is '>'; the other one is the same.
    private static string PatternOf(string subjects) => subjects.Replace('>', '#');

    private RabbitConsumer ConsumerOf(string stream, string consumer) =>
        _consumers.GetOrAdd((stream, consumer), _ => new RabbitConsumer(_link, _options, stream, consumer, isOrdered: false));

    private static async Task DeclareExchangesAsync(IChannel channel, CancellationToken cancellationToken)
    {
        foreach (string exchange in (string[])[StreamExchange, NoteExchange])
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
        }
    }

    // With other limits than it was made with, the broker would refuse to know it.
    private async Task<bool> IsThereAsync(string queue, CancellationToken cancellationToken)
    {
        await using IChannel channel = await _link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
        try
        {
            await channel.QueueDeclarePassiveAsync(queue, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == 404)
        {
            return false;
        }
    }

    private async Task DeclareAsync(TransportStream stream, CancellationToken cancellationToken)
    {
        long most = stream.MaxBytes ?? _options.MaxStreamBytes;
        var limits = new Dictionary<string, object?>
        {
            ["x-queue-type"] = "stream",
            ["x-max-length-bytes"] = most,
            // Whole segments are forgotten.
            ["x-stream-max-segment-size-bytes"] = (int)Math.Clamp(most / 8, MinSegmentBytes, MaxSegmentBytes),
            ["x-initial-cluster-size"] = _options.Replicas,
        };
        if (!stream.IsQueue)
            limits["x-max-age"] = string.Create(CultureInfo.InvariantCulture, $"{(long)_options.MaxAge.TotalSeconds}s");
        await using IChannel channel = await _link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
        await channel.QueueDeclareAsync(
            stream.Name, durable: true, exclusive: false, autoDelete: false, limits, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task<IChannel> ListenToAsync(
        string subject, ChannelWriter<TransportNote> notes, CancellationToken cancellationToken)
    {
        IChannel channel = await _link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
        await DeclareExchangesAsync(channel, cancellationToken).ConfigureAwait(false);
        QueueDeclareOk queue = await channel.QueueDeclareAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.QueueBindAsync(queue.QueueName, NoteExchange, PatternOf(subject), cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        channel.ChannelShutdownAsync += (_, _) =>
        {
            notes.TryComplete();
            return Task.CompletedTask;
        };
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            notes.TryWrite(new TransportNote(
                message.RoutingKey, message.Body.ToArray(),
                message.BasicProperties.ReplyTo is { } target ? body => ReplyAsync(target, body) : null));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, cancellationToken).ConfigureAwait(false);
        return channel;
    }

    private async ValueTask ReplyAsync(string target, ReadOnlyMemory<byte> body) => await CallAsync(target, async () =>
    {
        IChannel channel = await _telling.GetAsync(CancellationToken.None).ConfigureAwait(false);
        await channel.BasicPublishAsync(string.Empty, target, mandatory: false, new BasicProperties(), body).ConfigureAwait(false);
    }, CancellationToken.None).ConfigureAwait(false);

    private async Task AckOfAsync(Task ack)
    {
        try
        {
            await ack.WaitAsync(_options.AnswerTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The bytes may still be on their way out, and are the caller's again when this ends.
            string? blocked = _link.BlockedBecause;
            await _link.BreakAsync().ConfigureAwait(false);
            await ack.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw blocked is null ? new TimeoutException($"no word within {_options.AnswerTimeout.TotalSeconds:F1} s")
                : new ClusterException(ClusterFault.StreamFull, $"The broker at {_options} takes nothing: {blocked}; it needs room.");
        }
    }

    private async Task CallAsync(string subject, Func<Task> call, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not ClusterException && !_isDisposed
            && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw _faults.Of(exception, subject, _link.BlockedBecause, IsConnected);
        }
    }
}
