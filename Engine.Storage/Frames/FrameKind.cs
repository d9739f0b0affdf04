namespace Engine.Storage.Frames;

/// <summary>What a frame is for.</summary>
public enum FrameKind : byte
{
    /// <summary>Holds events.</summary>
    Events = 0,

    /// <summary>Holds none: says that the stream ends here, in order, and what was lost after its last event.</summary>
    End = 1,

    /// <summary>Holds none: says what was deleted of the stream, in the file that does so.</summary>
    Deleted = 2,

    /// <summary>Holds no events: the account of its session, signed off.</summary>
    Account = 3,
}
