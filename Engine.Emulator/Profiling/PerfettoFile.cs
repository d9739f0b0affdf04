namespace Engine.Emulator.Profiling;

/// <summary>
/// What several writers put their packets into, each whole. A stream that fails is not written to again; the failure is kept.
/// Thread-safe.
/// </summary>
internal sealed class PerfettoFile(Stream stream)
{
    private readonly Lock _lock = new();

    /// <summary>Why the stream failed, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Appends packets.</summary>
    public void Write(ReadOnlySpan<byte> packets)
    {
        lock (_lock)
        {
            if (Failure is not null)
                return;
            try
            {
                stream.Write(packets);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Failure = error;
            }
        }
    }
}
