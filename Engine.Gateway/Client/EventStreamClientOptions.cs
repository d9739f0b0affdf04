using Engine.Primitives;

namespace Engine.Gateway.Client;

/// <summary>How a client reads. Callbacks are called between two events, on the reader's flow.</summary>
public sealed record EventStreamClientOptions
{
    /// <summary>The first wait before the client connects again; the server's own word replaces it. 1 ms to 1 hour; default 1 s.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest wait; waits grow up to it, each to at most three times the one before. 1 ms to 1 day, at least
    /// <see cref="MinBackoff"/>; default 30 s. A server that asks for more (Retry-After) gets it, up to a day.
    /// </summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A stream without a byte for so long is given up. 1 ms to 1 day; default 45 s, which is three heartbeats.</summary>
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

    internal static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    internal static OptionTable<EventStreamClientOptions> Ranges { get; } = new OptionTable<EventStreamClientOptions>("a client")
        .With(nameof(MinBackoff), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)), static o => o.MinBackoff)
        .With(nameof(MaxBackoff), OptionRange.Of(TimeSpan.FromMilliseconds(1), LongestWait), static o => o.MaxBackoff)
        .With(nameof(ReadTimeout), OptionRange.Of(TimeSpan.FromMilliseconds(1), LongestWait), static o => o.ReadTimeout);

    internal void Validate()
    {
        Ranges.Check(this);
        if (MaxBackoff < MinBackoff)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaxBackoff), MaxBackoff,
                $"{nameof(MaxBackoff)} of a client must be at least {nameof(MinBackoff)}, which is {MinBackoff:c}.");
        }

        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
