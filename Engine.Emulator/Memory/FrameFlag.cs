namespace Engine.Emulator.Memory;

/// <summary>Reasons why stores to a frame have to take the slow path.</summary>
internal static class FrameFlag
{
    /// <summary>The frame holds the word whose writes end the run.</summary>
    public const ushort Watched = 1 << MaxHarts;

    private const int MaxHarts = 8;

    /// <summary>A hart has decoded code from the frame. One bit each, because each drops its blocks by itself.</summary>
    public static ushort HasCode(int hart) => (ushort)(1 << hart);
}
