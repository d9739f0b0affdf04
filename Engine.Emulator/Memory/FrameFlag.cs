namespace Engine.Emulator.Memory;

/// <summary>Reasons why stores to a frame have to take the slow path.</summary>
internal static class FrameFlag
{
    /// <summary>Code was decoded from the frame.</summary>
    public const byte HasCode = 1;

    /// <summary>The frame holds the word whose writes end the run.</summary>
    public const byte Watched = 2;
}
