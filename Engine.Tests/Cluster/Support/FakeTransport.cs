using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Engine.Cluster.Contracts;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;

namespace Engine.Tests.Cluster.Support;

/// <summary>A broker in memory that loses, repeats, damages and refuses what a test says. Thread-safe.</summary>
internal sealed class FakeTransport : IClusterTransport
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (TransportStream Stream, Channel<FakeDelivery> Messages)> _streams = [];
    private readonly List<(string Subject, Channel<TransportNote> Notes)> _listeners = [];
    private readonly List<TransportMessage> _sent = [];
    private int _unsettled;
    private StallRemedy _stalledUntil;

    /// <summary>What becomes of a message: the bodies that the broker delivers, none if it loses it. Acknowledged in any case.</summary>
    public Func<TransportMessage, IEnumerable<byte[]>> Keep { get; set; } = static message => [message.Body.ToArray()];

    /// <summary>What a message's acknowledgement is; throws or waits where the broker is to refuse or be silent.</summary>
    public Func<TransportMessage, Task> Ack { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Makes the broker give nothing of what it has, until this remedy.</summary>
    public StallRemedy StalledUntil
    {
        get
        {
            lock (_lock)
                return _stalledUntil;
        }
        set
        {
            lock (_lock)
                _stalledUntil = value;
        }
    }

    /// <summary>Whether one that gives nothing does not answer, either; otherwise it says that there is nothing new.</summary>
    public bool IsSilentWhenStalled { get; init; }

    public int MaxMessageBytes { get; set; } = 1 << 20;

    public bool IsConnected => true;

    /// <summary>Whether a hub has made its stream.</summary>
    public bool HasStream
    {
        get
        {
            lock (_lock)
                return _streams.Count > 0;
        }
    }

    /// <summary>Everything that was handed over, in order.</summary>
    public IReadOnlyList<TransportMessage> Sent
    {
        get
        {
            lock (_lock)
                return [.. _sent];
        }
    }

    public ValueTask EnsureStreamAsync(TransportStream stream, CancellationToken cancellationToken)
    {
        lock (_lock)
            _streams.TryAdd(stream.Name, (stream, Channel.CreateUnbounded<FakeDelivery>()));
        return default;
    }

    public ValueTask EnsureConsumerAsync(string stream, string consumer, bool isOrdered, CancellationToken cancellationToken) => default;

    public ValueTask<Task> BeginSendAsync(TransportMessage message, CancellationToken cancellationToken)
    {
        // The bytes are the caller's again once it was acknowledged.
        TransportMessage kept = message with { Body = message.Body.ToArray() };
        lock (_lock)
            _sent.Add(kept);
        return new ValueTask<Task>(SendAsync(kept));
    }

    public async ValueTask<IReadOnlyList<TransportDelivery>> ReceiveAsync(
        string stream, string consumer, int most, TimeSpan wait, CancellationToken cancellationToken)
    {
        Channel<FakeDelivery> messages = MessagesOf(stream);
        var taken = new List<TransportDelivery>();
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(TimeSpan.FromMilliseconds(20));
        try
        {
            await messages.Reader.WaitToReadAsync(limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return taken;
        }

        if (StalledUntil != StallRemedy.None)
        {
            if (IsSilentWhenStalled)
                throw new ClusterException(ClusterFault.NoAnswer, $"no word for {stream}");
            await Task.Delay(1, cancellationToken);
            return taken;
        }

        while (taken.Count < most && messages.Reader.TryRead(out FakeDelivery? delivery))
            taken.Add(delivery);
        return taken;
    }

    public ValueTask<long> CountPendingAsync(string stream, string consumer, CancellationToken cancellationToken) =>
        new(MessagesOf(stream).Reader.Count + Volatile.Read(ref _unsettled));

    public ValueTask ResetConsumerAsync(string stream, string consumer, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_stalledUntil == StallRemedy.ResetConsumer)
                _stalledUntil = StallRemedy.None;
        }

        return default;
    }

    public ValueTask DeleteStreamAsync(string stream, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_streams.Remove(stream, out (TransportStream Stream, Channel<FakeDelivery> Messages) gone))
                _unsettled -= gone.Messages.Reader.Count;
            _stalledUntil = StallRemedy.None;
        }

        return default;
    }

    public ValueTask TellAsync(string subject, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach ((string pattern, Channel<TransportNote> notes) in _listeners)
            {
                if (Fits(pattern, subject))
                    notes.Writer.TryWrite(new TransportNote(subject, body.ToArray(), null));
            }
        }

        return default;
    }

    public ValueTask<ReadOnlyMemory<byte>?> AskAsync(
        string subject, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken) =>
        new((ReadOnlyMemory<byte>?)null);

    public async IAsyncEnumerable<TransportNote> ListenAsync(string subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var notes = Channel.CreateUnbounded<TransportNote>();
        lock (_lock)
            _listeners.Add((subject, notes));
        await foreach (TransportNote note in notes.Reader.ReadAllAsync(cancellationToken))
            yield return note;
    }

    public ValueTask DisposeAsync() => default;

    private async Task SendAsync(TransportMessage message)
    {
        await Ack(message);
        lock (_lock)
        {
            (TransportStream Stream, Channel<FakeDelivery> Messages) target = _streams.Values.FirstOrDefault(
                entry => Fits(entry.Stream.Subjects, message.Subject));
            if (target.Stream is null)
                throw new ClusterException(ClusterFault.StreamMissing, $"no stream takes {message.Subject}");
            foreach (byte[] body in Keep(message))
            {
                Interlocked.Increment(ref _unsettled);
                target.Messages.Writer.TryWrite(new FakeDelivery(this, target.Messages, message, body, 1));
            }
        }
    }

    private Channel<FakeDelivery> MessagesOf(string stream)
    {
        lock (_lock)
        {
            return _streams.TryGetValue(stream, out (TransportStream Stream, Channel<FakeDelivery> Messages) found) ? found.Messages
                : throw new ClusterException(ClusterFault.StreamMissing, $"there is no stream {stream}");
        }
    }

    private static bool Fits(string pattern, string subject)
    {
        string[] patterns = pattern.Split('.');
        string[] parts = subject.Split('.');
        for (int i = 0; i < patterns.Length; i++)
        {
            if (patterns[i] == ">")
                return parts.Length > i;
            if (i >= parts.Length || (patterns[i] != "*" && patterns[i] != parts[i]))
                return false;
        }

        return parts.Length == patterns.Length;
    }

    private sealed class FakeDelivery(
        FakeTransport owner, Channel<FakeDelivery> stream, TransportMessage message, byte[] body, int attempt) : TransportDelivery
    {
        private int _isSettled;

        public override string Subject => message.Subject;

        public override ReadOnlyMemory<byte> Body => body;

        public override int Attempt => attempt;

        public override string? Header(string name) => message.Headers.GetValueOrDefault(name);

        public override ValueTask AckAsync(CancellationToken cancellationToken) => Settle();

        public override ValueTask NackAsync(TimeSpan delay, CancellationToken cancellationToken)
        {
            if (Interlocked.Exchange(ref _isSettled, 1) == 0)
                stream.Writer.TryWrite(new FakeDelivery(owner, stream, message, body, attempt + 1));
            return default;
        }

        public override ValueTask ExtendAsync(CancellationToken cancellationToken) => default;

        public override ValueTask TerminateAsync(CancellationToken cancellationToken) => Settle();

        private ValueTask Settle()
        {
            if (Interlocked.Exchange(ref _isSettled, 1) == 0)
                Interlocked.Decrement(ref owner._unsettled);
            return default;
        }
    }
}
