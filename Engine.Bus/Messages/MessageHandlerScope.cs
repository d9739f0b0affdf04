namespace Engine.Bus.Messages;

/// <summary>Whether the code that runs, or what started it, is a message handler. Set once per worker, so it costs nothing per message.</summary>
internal static class MessageHandlerScope
{
    private static readonly AsyncLocal<bool> Inside = new();

    public static bool IsInside => Inside.Value;

    /// <summary>Enters until the calling asynchronous method ends.</summary>
    public static void Enter() => Inside.Value = true;
}
