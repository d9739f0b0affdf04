namespace Engine.Cluster.Contracts;

/// <summary>What is wrong between a host and its broker.</summary>
public enum ClusterFault
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Nobody answers there, or the connection broke.</summary>
    Unreachable,

    /// <summary>The broker does not take these credentials.</summary>
    WrongCredentials,

    /// <summary>A certificate was not accepted: expired, of an unknown authority, or of another name.</summary>
    CertificateRejected,

    /// <summary>The credentials are good, but not for this subject.</summary>
    Forbidden,

    /// <summary>No stream takes the subject: it was not made yet, or was deleted.</summary>
    StreamMissing,

    /// <summary>The stream has reached its limit of bytes, and takes nothing before something is consumed.</summary>
    StreamFull,

    /// <summary>The message is larger than the broker takes.</summary>
    MessageTooLarge,

    /// <summary>The broker did not answer in time: it may have stored the message or not.</summary>
    NoAnswer,

    /// <summary>
    /// The hub cannot open or write its copy of one journal, which the message names: that journal waits at its host, others go on.
    /// </summary>
    CopyFailed,

    /// <summary>Anything else; the message says what.</summary>
    Other,

    /// <summary>
    /// The broker has messages of a stream and gives none, or has no word for the stream: the hub has its consumer made anew, and if that
    /// does not help the stream.
    /// </summary>
    Stalled,
}

/// <summary>Something is wrong between a host and its broker. The message is for whoever has to mend it.</summary>
public sealed class ClusterException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="message">The same in words, with address, user or subject.</param>
    /// <param name="innerException">What the client said; null for nothing.</param>
    public ClusterException(ClusterFault fault, string message, Exception? innerException = null)
        : base(message, innerException) => Fault = fault;

    /// <summary>What is wrong.</summary>
    public ClusterFault Fault { get; }
}
