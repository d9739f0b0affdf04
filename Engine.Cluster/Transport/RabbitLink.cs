using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Engine.Cluster.Contracts;
using RabbitMQ.Client;

namespace Engine.Cluster.Transport;

/// <summary>
/// The one connection of a transport: made when it is needed, and another one where it broke. What belongs to a connection is made
/// anew by its owner, who compares. Thread-safe.
/// </summary>
internal sealed class RabbitLink(ClusterOptions options, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1);
    private IConnection? _connection;
    private volatile string? _blocked;
    private bool _isDisposed;

    public bool IsConnected => _connection is { IsOpen: true };

    /// <summary>
    /// Why the broker takes no messages at all: its disk or its memory is short; null while it does. Stays over a connection that was
    /// broken for that, until there is another one: all who wait on it are told the same.
    /// </summary>
    public string? BlockedBecause => _blocked;

    public async Task<IConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (_connection is { IsOpen: true } open)
            return open;
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_connection is { IsOpen: true } other)
                return other;
            if (_connection is { } broken)
                await broken.DisposeAsync().ConfigureAwait(false);
            _connection = null;
            _blocked = null;
            ConnectionFactory factory = Factory();
            IConnection made = await factory.CreateConnectionAsync(Endpoints(), name, cancellationToken)
                .WaitAsync(2 * options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
            made.ConnectionBlockedAsync += (_, arguments) =>
            {
                _blocked = arguments.Reason;
                return Task.CompletedTask;
            };
            made.ConnectionUnblockedAsync += (_, _) =>
            {
                _blocked = null;
                return Task.CompletedTask;
            };
            _connection = made;
            return made;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Opens a channel for one who closes it.</summary>
    public async Task<IChannel> OpenChannelAsync(bool confirms, CancellationToken cancellationToken)
    {
        IConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await connection.CreateChannelAsync(
            new CreateChannelOptions(confirms, confirms, outstandingPublisherConfirmationsRateLimiter: null),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Breaks the connection: whatever waits for an answer on it fails.</summary>
    public async Task BreakAsync()
    {
        if (_connection is { } connection)
            await connection.AbortAsync(200, "no answer", TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            _isDisposed = true;
            if (_connection is not { } connection)
                return;
            _connection = null;
            await connection.AbortAsync(200, "closed", TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    private ConnectionFactory Factory()
    {
        var factory = new ConnectionFactory
        {
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = Heartbeat,
            RequestedConnectionTimeout = options.AnswerTimeout,
            SocketReadTimeout = options.AnswerTimeout + Heartbeat,
            SocketWriteTimeout = options.AnswerTimeout + Heartbeat,
            HandshakeContinuationTimeout = options.AnswerTimeout,
            ContinuationTimeout = options.AnswerTimeout,
        };
        if (options.UserName is { } user)
            (factory.UserName, factory.Password) = (user, options.Password ?? string.Empty);
        string path = Addresses()[0].AbsolutePath.TrimStart('/');
        if (path.Length > 0)
            factory.VirtualHost = Uri.UnescapeDataString(path);
        return factory;
    }

    private Uri[] Addresses() =>
        [.. options.Url.Split(',', StringSplitOptions.TrimEntries).Select(static node => new Uri(node))];

    private IEnumerable<AmqpTcpEndpoint> Endpoints() => Addresses().Select(address => new AmqpTcpEndpoint(
        address.Host, address.IsDefaultPort || address.Port < 0 ? AmqpTcpEndpoint.UseDefaultPort : address.Port,
        address.Scheme == "amqps" ? Encryption(address.Host) : new SslOption()));

    private SslOption Encryption(string host)
    {
        var encryption = new SslOption { Enabled = true, ServerName = host };
        if (options.CaFile is { } file)
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPemFile(file);
            encryption.CertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(certificate, errors, trusted);
        }

        if (options.CertificateFile is { } own)
            encryption.Certs = [X509Certificate2.CreateFromPemFile(own, options.KeyFile)];
        return encryption;
    }

    private static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection trusted)
    {
        if (certificate is not X509Certificate2 given || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        return chain.Build(given);
    }
}
