namespace Engine.Gateway.Streams;

/// <summary>Why a stream has ended.</summary>
public enum StreamEnd
{
    /// <summary>All of its range has been sent.</summary>
    Completed,

    /// <summary>The client has gone.</summary>
    ClientGone,

    /// <summary>The client took nothing for as long as a write may take.</summary>
    WriteTimeout,

    /// <summary>The client was too slow, and slow ones are disconnected.</summary>
    TooSlow,

    /// <summary>All streams together waited for their clients with too many bytes.</summary>
    TotalBytes,

    /// <summary>The gateway stopped.</summary>
    Stopping,

    /// <summary>Something of the gateway's own failed.</summary>
    Failed,
}
