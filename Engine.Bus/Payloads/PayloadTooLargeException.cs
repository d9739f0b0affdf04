namespace Engine.Bus.Payloads;

/// <summary>A payload is larger than its buffer allows.</summary>
/// <param name="size">Bytes that it would have.</param>
/// <param name="maxSize">Bytes that it may have.</param>
public sealed class PayloadTooLargeException(long size, int maxSize)
    : InvalidOperationException($"A payload may have at most {maxSize} bytes (PayloadBufferOptions.MaxPayloadSize); this one would have at least {size}. It has been abandoned.")
{
    /// <summary>Bytes that the payload would have.</summary>
    public long Size { get; } = size;

    /// <summary>Bytes that it may have.</summary>
    public int MaxSize { get; } = maxSize;
}
