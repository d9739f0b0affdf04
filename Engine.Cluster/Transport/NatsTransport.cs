using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Cluster.Contracts;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Engine.Cluster.Transport;

/// <summary>NATS JetStream as transport. Connects when it is first used, and again for as long as it lives. Thread-safe.</summary>
public sealed class NatsTransport : IClusterTransport
{
    private const int DefaultMaxMessageBytes = 1 << 20;
    private const int MaxUnacknowledged = 4_096;
    private const int NotFound = 404;
    private static readonly TimeSpan s_lastWord = TimeSpan.FromSeconds(1);

    private readonly ClusterOptions _options;
    private readonly NatsConnection _connection;
    private readonly NatsJSContext _stream;
    private readonly NatsFaults _faults;
    private readonly Dictionary<(string Stream, string Consumer), INatsJSConsumer> _consumers = [];
    private readonly Lock _lock = new();

    /// <summary>Makes a transport; it connects when it is used.</summary>
    /// <param name="options">Where the broker is, and who connects.</param>
    /// <param name="name">What the broker's own lists call this client.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public NatsTransport(ClusterOptions options, string name)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _connection = new NatsConnection(OptionsOf(options, name));
        _stream = new NatsJSContext(_connection, new NatsJSOpts(_connection.Opts, requestTimeout: options.AnswerTimeout));
        _faults = new NatsFaults(options);
        _connection.ServerError += (_, arguments) =>
        {
            _faults.Refusals.Note(arguments.Error);
            return default;
        };
    }

    /// <inheritdoc/>
    public int MaxMessageBytes => _connection.ServerInfo?.MaxPayload is > 0 and int most ? most : DefaultMaxMessageBytes;

    /// <inheritdoc/>
    public bool IsConnected => _connection.ConnectionState == NatsConnectionState.Open;

    /// <inheritdoc/>
    public async ValueTask EnsureStreamAsync(TransportStream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var config = new StreamConfig(stream.Name, [stream.Subjects])
        {
            Retention = stream.IsQueue ? StreamConfigRetention.Workqueue : StreamConfigRetention.Limits,
            Discard = stream.IsQueue ? StreamConfigDiscard.New : StreamConfigDiscard.Old,
            MaxBytes = stream.MaxBytes ?? _options.MaxStreamBytes,
            MaxAge = stream.IsQueue ? TimeSpan.Zero : _options.MaxAge,
            DuplicateWindow = _options.DuplicateWindow,
            NumReplicas = _options.Replicas,
            Storage = StreamConfigStorage.File,
        };
        await CallAsync(stream.Name, async token =>
        {
            await ConnectAsync(token).ConfigureAwait(false);
            await _stream.CreateOrUpdateStreamAsync(config, token).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask EnsureConsumerAsync(string stream, string consumer, bool isOrdered, CancellationToken cancellationToken)
    {
        var config = new ConsumerConfig(consumer)
        {
            AckPolicy = ConsumerConfigAckPolicy.Explicit,
            AckWait = _options.AckWait,
            MaxAckPending = isOrdered ? 1 : MaxUnacknowledged,
        };
        await CallAsync(stream, async token =>
        {
            await ConnectAsync(token).ConfigureAwait(false);
            INatsJSConsumer made = await _stream.CreateOrUpdateConsumerAsync(stream, config, token).ConfigureAwait(false);
            lock (_lock)
                _consumers[(stream, consumer)] = made;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<Task> BeginSendAsync(TransportMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var headers = new NatsHeaders();
        foreach ((string name, string value) in message.Headers)
            headers[name] = value;
        long start = Stopwatch.GetTimestamp();
        NatsJSPublishConcurrentFuture? future = null;
        await CallAsync(message.Subject, async token =>
        {
            await ConnectAsync(token).ConfigureAwait(false);
            future = await _stream.PublishConcurrentAsync(
                message.Subject, message.Body, NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                new NatsJSPubOpts { MsgId = message.Id, RetryAttempts = 1 }, headers, token).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        return AckOfAsync(future!.Value, message.Subject, start, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TransportDelivery>> ReceiveAsync(
        string stream, string consumer, int most, TimeSpan wait, CancellationToken cancellationToken)
    {
        var taken = new List<TransportDelivery>();
        await CallAsync(stream, async token =>
        {
            INatsJSConsumer source = await ConsumerAsync(stream, consumer, token).ConfigureAwait(false);
            INatsJSMsg<byte[]>? first = await source.NextAsync<byte[]>(
                NatsRawSerializer<byte[]>.Default, new NatsJSNextOpts { Expires = wait }, token).ConfigureAwait(false);
            if (first is null)
                return;
            taken.Add(new NatsDelivery(first));
            if (most == 1)
                return;
            var rest = new NatsJSFetchOpts { MaxMsgs = most - 1 };
            await foreach (INatsJSMsg<byte[]> message in source.FetchNoWaitAsync<byte[]>(
                rest, NatsRawSerializer<byte[]>.Default, token).ConfigureAwait(false))
                taken.Add(new NatsDelivery(message));
        }, cancellationToken).ConfigureAwait(false);
        return taken;
    }

    /// <inheritdoc/>
    public async ValueTask<long> CountPendingAsync(string stream, string consumer, CancellationToken cancellationToken)
    {
        long count = 0;
        await CallAsync(stream, async token =>
        {
            INatsJSConsumer source = await ConsumerAsync(stream, consumer, token).ConfigureAwait(false);
            await source.RefreshAsync(token).ConfigureAwait(false);
            count = (long)source.Info.NumPending + source.Info.NumAckPending;
            StreamInfo info = (await _stream.GetStreamAsync(stream, cancellationToken: token).ConfigureAwait(false)).Info;
            // A consumer whose nodes do not agree says that nothing is left, and gives nothing.
            if (info.Config.Retention == StreamConfigRetention.Workqueue)
                count = Math.Max(count, info.State.Messages);
        }, cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <inheritdoc/>
    public async ValueTask ResetConsumerAsync(string stream, string consumer, CancellationToken cancellationToken) =>
        await CallAsync(stream, async token =>
        {
            await ConnectAsync(token).ConfigureAwait(false);
            lock (_lock)
                _consumers.Remove((stream, consumer));
            // A queue has what is not settled, so that a consumer needs no place.
            await IgnoreMissingAsync(_stream.DeleteConsumerAsync(stream, consumer, token)).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DeleteStreamAsync(string stream, CancellationToken cancellationToken) =>
        await CallAsync(stream, async token =>
        {
            await ConnectAsync(token).ConfigureAwait(false);
            await IgnoreMissingAsync(_stream.DeleteStreamAsync(stream, token)).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask TellAsync(string subject, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        await CallAsync(subject, async token =>
        {
            await ConnectAsync(token).ConfigureAwait(false);
            await _connection.PublishAsync(
                subject, body, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: token)
                .ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> AskAsync(
        string subject, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>? answer = null;
        await CallAsync(subject, async token =>
        {
            await ConnectAsync(token).ConfigureAwait(false);
            try
            {
                NatsMsg<byte[]> reply = await _connection.RequestAsync<ReadOnlyMemory<byte>, byte[]>(
                    subject, body, requestSerializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                    replySerializer: NatsRawSerializer<byte[]>.Default, replyOpts: new NatsSubOpts { Timeout = timeout },
                    cancellationToken: token).ConfigureAwait(false);
                answer = reply.Data;
            }
            catch (Exception exception) when (exception is NatsNoRespondersException or NatsNoReplyException)
            {
                // Nobody there.
            }
        }, cancellationToken).ConfigureAwait(false);
        return answer;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TransportNote> ListenAsync(
        string subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await CallAsync(subject, ConnectAsync, cancellationToken).ConfigureAwait(false);
        await foreach (NatsMsg<byte[]> message in _connection.SubscribeAsync<byte[]>(
            subject, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            yield return new TransportNote(
                message.Subject, message.Data ?? [],
                message.ReplyTo is null ? null : answer => message.ReplyAsync(
                    answer, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: cancellationToken));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (IsConnected)
        {
            // What was settled is at the broker when this is answered; otherwise it would come again.
            using var time = new CancellationTokenSource(s_lastWord);
            Task ping = _connection.PingAsync(time.Token).AsTask();
            await ping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static NatsOpts OptionsOf(ClusterOptions options, string name) => new()
    {
        Url = options.Url,
        Name = name,
        AuthOpts = new NatsAuthOpts { Username = options.UserName, Password = options.Password, CredsFile = options.CredentialsFile },
        TlsOpts = new NatsTlsOpts
        {
            CaFile = options.CaFile,
            CertFile = options.CertificateFile,
            KeyFile = options.KeyFile,
            Mode = options.CaFile is not null || options.Url.Contains("tls://", StringComparison.OrdinalIgnoreCase)
                ? TlsMode.Require : TlsMode.Auto,
        },
        RequestTimeout = options.AnswerTimeout,
        CommandTimeout = options.AnswerTimeout,
        ConnectTimeout = options.AnswerTimeout,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
        ReconnectWaitMax = TimeSpan.FromSeconds(5),
        ReconnectJitter = TimeSpan.FromMilliseconds(50),
        PublishTimeoutOnDisconnected = true,
        // A password that was mended is to be found out without a restart.
        IgnoreAuthErrorAbort = true,
    };

    private static async Task IgnoreMissingAsync(ValueTask<bool> deletion)
    {
        try
        {
            await deletion.ConfigureAwait(false);
        }
        catch (NatsJSApiException exception) when (exception.Error.Code == NotFound)
        {
            // Somebody else was faster.
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (!IsConnected)
            await _connection.ConnectAsync().AsTask().WaitAsync(_options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<INatsJSConsumer> ConsumerAsync(string stream, string consumer, CancellationToken cancellationToken)
    {
        await ConnectAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (_consumers.TryGetValue((stream, consumer), out INatsJSConsumer? known))
                return known;
        }

        INatsJSConsumer found = await _stream.GetConsumerAsync(stream, consumer, cancellationToken).ConfigureAwait(false);
        lock (_lock)
            _consumers[(stream, consumer)] = found;
        return found;
    }

    private Task AckOfAsync(
        NatsJSPublishConcurrentFuture future, string subject, long start, CancellationToken cancellationToken) => CallAsync(
        subject,
        async token =>
        {
            // To dispose of it throws again what the wait for it threw.
            await using (future.ConfigureAwait(false))
            {
                PubAckResponse answer = await future.GetResponseAsync(token).ConfigureAwait(false);
                // That the broker has it already is as good.
                if (answer.Error is not null)
                    answer.EnsureSuccess();
            }
        },
        cancellationToken, start);

    private async Task CallAsync(
        string subject, Func<CancellationToken, Task> call, CancellationToken cancellationToken, long? start = null)
    {
        long begun = start ?? Stopwatch.GetTimestamp();
        using NatsRefusals.Call running = _faults.Refusals.Begin(subject, begun, cancellationToken);
        try
        {
            await call(running.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (ClusterException or ObjectDisposedException)
            && (exception is not OperationCanceledException || running.IsRefused))
        {
            throw _faults.Of(exception, subject, IsConnected, Stopwatch.GetElapsedTime(begun));
        }
    }
}
