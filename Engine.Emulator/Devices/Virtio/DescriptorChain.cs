namespace Engine.Emulator.Devices.Virtio;

/// <summary>
/// The buffers of one request: the part that the device reads, then the part that it writes.
/// Each part is addressed as one run of bytes, because a driver may cut it anywhere.
/// </summary>
public sealed class DescriptorChain
{
    private readonly IGuestMemory _memory;
    private readonly List<VirtioSegment> _readable = [];
    private readonly List<VirtioSegment> _writable = [];

    internal DescriptorChain(IGuestMemory memory)
    {
        _memory = memory;
    }

    /// <summary>Index of the first descriptor, by which the driver knows the request.</summary>
    public ushort Head { get; private set; }

    /// <summary>Length in bytes of the part that the device reads.</summary>
    public ulong ReadableByteCount { get; private set; }

    /// <summary>Length in bytes of the part that the device writes.</summary>
    public ulong WritableByteCount { get; private set; }

    /// <summary>Copies from the readable part; false when the range or its memory does not exist.</summary>
    public bool TryRead(ulong offset, Span<byte> destination)
    {
        foreach (var segment in _readable)
        {
            if (destination.IsEmpty)
                return true;
            if (offset >= segment.ByteCount)
            {
                offset -= segment.ByteCount;
                continue;
            }

            int count = (int)Math.Min((ulong)destination.Length, segment.ByteCount - offset);
            if (!_memory.TryRead(segment.Address + offset, destination[..count]))
                return false;
            destination = destination[count..];
            offset = 0;
        }

        return destination.IsEmpty;
    }

    /// <summary>Copies into the writable part; false when the range or its memory does not exist.</summary>
    public bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
    {
        foreach (var segment in _writable)
        {
            if (source.IsEmpty)
                return true;
            if (offset >= segment.ByteCount)
            {
                offset -= segment.ByteCount;
                continue;
            }

            int count = (int)Math.Min((ulong)source.Length, segment.ByteCount - offset);
            if (!_memory.TryWrite(segment.Address + offset, source[..count]))
                return false;
            source = source[count..];
            offset = 0;
        }

        return source.IsEmpty;
    }

    internal void Start(ushort head)
    {
        Head = head;
        _readable.Clear();
        _writable.Clear();
        ReadableByteCount = 0;
        WritableByteCount = 0;
    }

    /// <summary>Appends a buffer; false when it is readable and follows a writable one, which the specification forbids.</summary>
    internal bool TryAppend(VirtioSegment segment)
    {
        if (segment.IsWritable)
        {
            _writable.Add(segment);
            WritableByteCount += segment.ByteCount;
            return true;
        }

        _readable.Add(segment);
        ReadableByteCount += segment.ByteCount;
        return _writable.Count == 0;
    }
}
