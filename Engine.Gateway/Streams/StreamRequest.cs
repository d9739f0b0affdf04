using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

/// <summary>What a client asks for, checked.</summary>
public sealed record StreamRequest
{
    /// <summary>Which events.</summary>
    public FrameFilter Filter { get; init; } = FrameFilter.All;

    /// <summary>Most events of history; null for none, or as many as there are behind a cursor.</summary>
    public int? HistoryLimit { get; init; }

    /// <summary>Behind which event the stream goes on; null if it is a new one.</summary>
    public StreamCursor? Resume { get; init; }

    /// <summary>Whether the client has a cursor that cannot be read.</summary>
    public bool HasUnreadableCursor { get; init; }

    /// <summary>Who asks; null if nobody is authenticated.</summary>
    public string? User { get; init; }
}
