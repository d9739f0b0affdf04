using Engine.Primitives;

namespace Engine.Cluster.Contracts;

/// <summary>How hosts and hubs reach their broker, and what streams they expect there. Read when a transport is made. Immutable.</summary>
public sealed record ClusterOptions
{
    /// <summary>Shards at most.</summary>
    public const int MaxShards = 64;

    /// <summary>
    /// Where the broker's nodes are, separated by commas: <c>nats://host:port</c>, or <c>tls://host:port</c> for encrypted connections.
    /// </summary>
    public string Url { get; init; } = "nats://127.0.0.1:4222";

    /// <summary>Who connects; null for nobody in particular.</summary>
    public string? UserName { get; init; }

    /// <summary>The password of <see cref="UserName"/>.</summary>
    public string? Password { get; init; }

    /// <summary>A file with credentials (a JWT and a seed), as NATS operators give them; null for none.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>A file with certificates (PEM) of the authorities that are trusted; null for those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>A file with the client's own certificate (PEM); null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A file with the key of <see cref="CertificateFile"/> (PEM).</summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// Streams that frames are spread over, by host: 1 to 64. The same at all hosts and hubs; it is part of the subjects, so that one
    /// who has another number is told of a missing stream.
    /// </summary>
    public int Shards { get; init; } = 8;

    /// <summary>Copies of each stream on different nodes: 1, 3 or 5.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>
    /// Bytes of a stream at most: 1 MiB or more. A full stream of frames takes no more until the hub has consumed some: hosts then keep
    /// their frames in their journals.
    /// </summary>
    public long MaxStreamBytes { get; init; } = 1L << 30;

    /// <summary>How long domain events and the audit trail are kept: 1 minute to 3,660 days.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long the broker knows the ids of messages, to recognise one that is sent again: 1 s to 1 day.</summary>
    public TimeSpan DuplicateWindow { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an answer of the broker is waited for: 100 ms to 10 minutes.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After which time a message that was not acknowledged is delivered again: 1 s to 1 hour.</summary>
    public TimeSpan AckWait { get; init; } = TimeSpan.FromSeconds(30);

    internal static OptionTable<ClusterOptions> Ranges { get; } = new OptionTable<ClusterOptions>("a cluster")
        .With(nameof(Shards), OptionRange.Of(1, MaxShards), static o => o.Shards)
        .With(nameof(Replicas), OptionRange.OneOf(1, 3, 5), static o => o.Replicas)
        .With(nameof(MaxStreamBytes), OptionRange.BytesAtLeast(1L << 20), static o => o.MaxStreamBytes)
        .With(nameof(MaxAge), OptionRange.Of(TimeSpan.FromMinutes(1), TimeSpan.FromDays(3660)), static o => o.MaxAge)
        .With(nameof(DuplicateWindow), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), static o => o.DuplicateWindow)
        .With(nameof(AnswerTimeout), OptionRange.Of(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)), static o => o.AnswerTimeout)
        .With(nameof(AckWait), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), static o => o.AckWait);

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    /// <exception cref="ArgumentException">One is missing.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Url);
        Ranges.Check(this);
        if ((CertificateFile is null) != (KeyFile is null))
            throw new ArgumentException($"{nameof(CertificateFile)} and {nameof(KeyFile)} need each other.");
        if (Password is not null && UserName is null)
            throw new ArgumentException($"{nameof(Password)} needs a {nameof(UserName)}.");
    }

    /// <summary>Address and user; no secret.</summary>
    public override string ToString() => UserName is null ? Url : $"{Url} as \"{UserName}\"";
}
