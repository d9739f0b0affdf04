using System.Buffers;

namespace Engine.Bus.Codecs;

/// <summary>
/// Lets an encoder write into an output's own memory, and advances the output only when the encoder has ended well: an
/// encoder that throws leaves nothing behind. What does not fit into the memory that the output offers at first is collected
/// in rented memory and copied once. Used by one thread at a time; one is kept per thread.
/// </summary>
internal sealed class StagedWriter : IBufferWriter<byte>
{
    private const int FirstSize = 256;

    [ThreadStatic]
    private static StagedWriter? t_spare;

    private IBufferWriter<byte> _output = null!;
    private Memory<byte> _memory;
    private byte[]? _rented;
    private int _written;

    private StagedWriter()
    {
    }

    /// <summary>Begins an event. Give it back with <see cref="Commit"/> or <see cref="Abandon"/>.</summary>
    public static StagedWriter Begin(IBufferWriter<byte> output)
    {
        // Taken out, as an encoder may encode another event meanwhile.
        StagedWriter writer = t_spare ?? new StagedWriter();
        t_spare = null;
        writer._output = output;
        writer._memory = output.GetMemory();
        return writer;
    }

    /// <summary>Hands the event's bytes to the output.</summary>
    /// <returns>How many there are.</returns>
    public int Commit()
    {
        int written = _written;
        if (_rented is not null)
            _memory.Span[..written].CopyTo(_output.GetSpan(written));
        if (written > 0)
            _output.Advance(written);
        Abandon();
        return written;
    }

    /// <summary>Forgets what was written.</summary>
    public void Abandon()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
        _memory = default;
        _output = null!;
        _written = 0;
        t_spare = this;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > _memory.Length - _written)
            throw new InvalidOperationException($"The encoder advances by {count} bytes, and it was given {_memory.Length - _written}.");
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (_memory.Length - _written < Math.Max(1, sizeHint))
            Grow(sizeHint);
        return _memory[_written..];
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void Grow(int sizeHint)
    {
        int needed = checked(_written + Math.Max(1, sizeHint));
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(Array.MaxLength, Math.Max(FirstSize, 2L * _written))));
        _memory.Span[.._written].CopyTo(larger);
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = larger;
        _memory = larger;
    }
}
