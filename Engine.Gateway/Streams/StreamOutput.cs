using System.IO.Compression;
using System.IO.Pipelines;

namespace Engine.Gateway.Streams;

/// <summary>Where a stream's bytes go: the response, compressed or not. For one stream's thread of control, but for the abort.</summary>
internal abstract class StreamOutput : IDisposable
{
    private readonly PipeWriter _writer;
    private readonly Stream? _compressor;

    /// <param name="writer">The response.</param>
    /// <param name="encoding">How it is compressed: <c>identity</c>, <c>gzip</c> or <c>br</c>.</param>
    protected StreamOutput(PipeWriter writer, string encoding)
    {
        _writer = writer;
        Encoding = encoding;
        _compressor = encoding switch
        {
            "br" => new BrotliStream(new Target(writer), CompressionLevel.Fastest, leaveOpen: true),
            "gzip" => new GZipStream(new Target(writer), CompressionLevel.Fastest, leaveOpen: true),
            _ => null,
        };
    }

    public string Encoding { get; }

    /// <summary>Cuts the connection; may be called from any thread, and more than once.</summary>
    public abstract void Abort();

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_compressor is null)
        {
            bytes.CopyTo(_writer.GetSpan(bytes.Length));
            _writer.Advance(bytes.Length);
        }
        else
        {
            _compressor.Write(bytes);
        }
    }

    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken)
    {
        _compressor?.Flush();
        return _writer.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the compressed form, so that a client finds it complete.</summary>
    public void Dispose() => _compressor?.Dispose();

    /// <summary>The response as a compressor wants it: what is written waits for the flush.</summary>
    private sealed class Target(PipeWriter writer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            buffer.CopyTo(writer.GetSpan(buffer.Length));
            writer.Advance(buffer.Length);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
