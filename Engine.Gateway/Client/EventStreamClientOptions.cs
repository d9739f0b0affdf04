namespace Engine.Gateway.Client;

/// <summary>How a client reads. Callbacks are called between two events, on the reader's flow.</summary>
public sealed record EventStreamClientOptions
{
    /// <summary>The first wait before the client connects again; the server's own word replaces it. Default 1 s.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait; waits double up to it. Default 30 s.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A stream without a byte for so long is given up. Default 45 s, which is three heartbeats.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>The API key; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Behind which event to begin; null to begin as the address says.</summary>
    public string? LastEventId { get; init; }

    /// <summary>The clock of the waits.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Events are missing.</summary>
    public Action<StreamGap>? OnGap { get; init; }

    /// <summary>The cursor meant nothing to the server.</summary>
    public Action<StreamReset>? OnReset { get; init; }

    /// <summary>What follows is live.</summary>
    public Action? OnCaughtUp { get; init; }

    /// <summary>The connection was lost or refused, with why and how long the client waits.</summary>
    public Action<Exception?, TimeSpan>? OnDisconnected { get; init; }
}
