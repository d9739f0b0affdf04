using System.IO.Pipelines;

namespace Engine.Bus.Payloads;

/// <summary>
/// Carries payloads of any size from one writer to one reader without copying them: the writer fills the buffer's own
/// memory, and the reader gets each payload where it lies. Bounded: at most <see cref="PayloadBufferOptions.Capacity"/>
/// and one payload more wait for the reader, beside as much that the writer abandoned. Memory comes from the shared pool and goes back as payloads are released.
/// Writer and reader may be different threads; each side is to be used by one at a time.
/// </summary>
public sealed class PayloadBuffer
{
    /// <summary>Makes a buffer.</summary>
    /// <param name="options">How large it is; read now.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PayloadBuffer(PayloadBufferOptions? options = null)
    {
        options ??= new PayloadBufferOptions();
        options.Validate();
        var pipe = new Pipe(new PipeOptions(
            pauseWriterThreshold: options.Capacity, resumeWriterThreshold: options.Capacity / 2,
            minimumSegmentSize: options.SegmentSize, useSynchronizationContext: false));
        Writer = new PayloadWriter(pipe.Writer, options.Capacity, options.MaxPayloadSize);
        Reader = new PayloadReader(pipe.Reader, options.MaxPayloadSize);
    }

    /// <summary>The side that writes.</summary>
    public PayloadWriter Writer { get; }

    /// <summary>The side that reads.</summary>
    public PayloadReader Reader { get; }

    /// <summary>Reads the counters. Thread-safe.</summary>
    public PayloadBufferStatistics GetStatistics()
    {
        // What was released first: it is never more than what was written afterwards.
        long bytesReleased = Reader.BytesReleased;
        long released = Reader.Released;
        return new PayloadBufferStatistics(
            Writer.Written, released, Writer.Abandoned, Writer.BytesWritten - bytesReleased, Writer.Waits, Reader.Waits);
    }
}
