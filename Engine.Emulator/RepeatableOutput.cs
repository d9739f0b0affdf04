using Engine.Subscriptions;

namespace Engine.Emulator;

/// <summary>The console's output, which a guest that is set back writes again: each byte goes out once, by its number.</summary>
/// <param name="output">Where it goes.</param>
internal sealed class RepeatableOutput(Action<byte> output) : ICheckpointed
{
    private long _written;
    private long _shown;

    /// <inheritdoc/>
    public string CheckpointName => "console";

    public void Write(byte value)
    {
        if (_written == _shown)
        {
            // What throws has not been written, and comes again.
            output(value);
            _shown++;
        }

        _written++;
    }

    /// <inheritdoc/>
    public object? SaveCheckpoint() => _written;

    /// <inheritdoc/>
    public void RestoreCheckpoint(object? checkpoint) => _written = (long)checkpoint!;
}
