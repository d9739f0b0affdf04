namespace Engine.Gateway.Client;

/// <summary>An event stream whose reads fail when nothing has come for too long, and that knows the last block that came whole.</summary>
internal sealed class TimedStream(Stream inner, TimeSpan timeout) : Stream
{
    private readonly WholeBlocks _blocks = new();

    /// <summary>The id that was in force when the last whole block ended; empty if there was none.</summary>
    public string LastWholeId => _blocks.LastId;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timed.CancelAfter(timeout);
        try
        {
            int count = await inner.ReadAsync(buffer, timed.Token).ConfigureAwait(false);
            _blocks.Take(buffer.Span[..count]);
            return count;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Nothing came for {timeout}.");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
