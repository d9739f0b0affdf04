using System.Buffers;
using System.IO.Pipelines;

namespace Engine.Bus.Payloads;

/// <summary>
/// Writes payloads in place. Ask for memory, fill it and advance, as often as needed; then commit. Serializers that take an
/// <see cref="IBufferWriter{T}"/> write into it directly. To be used by one thread at a time.
/// </summary>
public sealed class PayloadWriter : IBufferWriter<byte>
{
    private readonly PipeWriter _pipe;
    private readonly long _capacity;
    private readonly int _maxSize;
    private Memory<byte> _header;
    private int _length;
    private bool _isOpen;
    private bool _isCompleted;
    private bool _isFull;
    private long _unflushed;
    private long _number;
    private long _written;
    private long _abandoned;
    private long _bytesWritten;
    private long _waits;

    internal PayloadWriter(PipeWriter pipe, long capacity, int maxSize)
    {
        _capacity = capacity;
        _pipe = pipe;
        _maxSize = maxSize;
    }

    /// <summary>Bytes of the payload that is being written.</summary>
    public int Length => _length;

    internal long Written => Volatile.Read(ref _written);

    internal long Abandoned => Volatile.Read(ref _abandoned);

    internal long BytesWritten => Volatile.Read(ref _bytesWritten);

    internal long Waits => Volatile.Read(ref _waits);

    /// <summary>Memory to write into; the first call begins a payload. Valid until the next call of the writer.</summary>
    /// <param name="sizeHint">The least number of bytes.</param>
    /// <exception cref="PayloadTooLargeException">The payload would become larger than one may be; it is abandoned.</exception>
    /// <exception cref="InvalidOperationException">There is no room because a wait was cancelled or too much was abandoned, or the writer has ended.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Prepare(sizeHint);
        return _pipe.GetMemory(sizeHint);
    }

    /// <summary>As <see cref="GetMemory"/>, as a span.</summary>
    /// <param name="sizeHint">The least number of bytes.</param>
    /// <exception cref="PayloadTooLargeException">The payload would become larger than one may be; it is abandoned.</exception>
    /// <exception cref="InvalidOperationException">There is no room because a wait was cancelled or too much was abandoned, or the writer has ended.</exception>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Prepare(sizeHint);
        return _pipe.GetSpan(sizeHint);
    }

    /// <summary>Says how many bytes of the memory given last have been filled.</summary>
    /// <param name="count">Bytes.</param>
    /// <exception cref="PayloadTooLargeException">The payload is larger than one may be; it is abandoned.</exception>
    /// <exception cref="InvalidOperationException">No payload has been begun.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (!_isOpen)
            throw new InvalidOperationException("No payload has been begun; ask for memory first.");
        ThrowIfTooLarge(count);
        _pipe.Advance(count);
        _length += count;
    }

    /// <summary>
    /// Ends the payload, an empty one if none was begun: the reader can have it at once, whatever becomes of the wait.
    /// Then waits, without holding a thread, while the buffer is full. The payload must not be touched any more.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the payload stays written.</param>
    /// <exception cref="InvalidOperationException">There is no room because a wait was cancelled or too much was abandoned, or the writer has ended.</exception>
    public ValueTask<PayloadWriteOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        Begin();
        Close(isAbandoned: false);
        Volatile.Write(ref _written, _written + 1);
        return FlushAsync(cancellationToken);
    }

    /// <summary>Waits for room, after a wait was cancelled or much was abandoned. Returns at once if there is room.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns><see cref="PayloadWriteOutcome.Written"/> if there is room.</returns>
    /// <exception cref="InvalidOperationException">A payload has been begun and not committed.</exception>
    public ValueTask<PayloadWriteOutcome> WaitForRoomAsync(CancellationToken cancellationToken = default)
    {
        if (_isOpen)
            throw new InvalidOperationException("A payload has been begun; commit or abandon it before waiting for room.");
        return FlushAsync(cancellationToken);
    }

    /// <summary>Drops the payload that is being written: the reader never gets it. Its memory is freed when the reader comes by. Does nothing if none was begun.</summary>
    public void Abandon()
    {
        if (!_isOpen)
            return;
        _unflushed += PayloadHeader.Size + _length;
        // Abandoned payloads are not flushed, and so do not make the writer wait by themselves.
        _isFull |= _unflushed >= _capacity;
        Close(isAbandoned: true);
        Volatile.Write(ref _abandoned, _abandoned + 1);
    }

    /// <summary>Ends writing. A payload that was begun is abandoned; what is committed can still be read.</summary>
    public void Complete()
    {
        Abandon();
        _isCompleted = true;
        _pipe.Complete();
    }

    private void Prepare(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        Begin();
        ThrowIfTooLarge(sizeHint);
    }

    private void Begin()
    {
        if (_isOpen)
            return;
        if (_isCompleted)
            throw new InvalidOperationException("The writer has ended.");
        if (_isFull)
            throw new InvalidOperationException("The payload buffer is full: a wait for room was cancelled, or too much was abandoned. Await WaitForRoomAsync before the next payload.");
        // Nothing of it reaches the reader before the flush, so the header can be filled when the length is known.
        _header = _pipe.GetMemory(PayloadHeader.Size)[..PayloadHeader.Size];
        _pipe.Advance(PayloadHeader.Size);
        _length = 0;
        _isOpen = true;
    }

    private void Close(bool isAbandoned)
    {
        PayloadHeader.Write(_header.Span, _length, isAbandoned, _number++);
        Volatile.Write(ref _bytesWritten, _bytesWritten + PayloadHeader.Size + _length);
        _header = default;
        _length = 0;
        _isOpen = false;
    }

    private void ThrowIfTooLarge(int count)
    {
        if (count <= _maxSize - _length)
            return;
        long size = (long)_length + count;
        Abandon();
        throw new PayloadTooLargeException(size, _maxSize);
    }

    private ValueTask<PayloadWriteOutcome> FlushAsync(CancellationToken cancellationToken)
    {
        _unflushed = 0;
        // Without the token: one that is cancelled already would keep the payload back.
        ValueTask<FlushResult> flush = _pipe.FlushAsync(CancellationToken.None);
        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(flush, cancellationToken);
        FlushResult result = flush.Result;
        // Of a wait whose room came at the moment of its cancellation.
        if (result.IsCanceled)
            return FlushAsync(cancellationToken);
        return new ValueTask<PayloadWriteOutcome>(OutcomeOf(result));
    }

    private async ValueTask<PayloadWriteOutcome> WaitAsync(ValueTask<FlushResult> flush, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _waits, _waits + 1);
        while (true)
        {
            FlushResult result;
            CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static pipe => ((PipeWriter)pipe!).CancelPendingFlush(), _pipe);
            try
            {
                result = await flush.ConfigureAwait(false);
            }
            finally
            {
                await registration.DisposeAsync().ConfigureAwait(false);
            }

            if (!result.IsCanceled || cancellationToken.IsCancellationRequested)
                return OutcomeOf(result);
            flush = _pipe.FlushAsync(CancellationToken.None);
        }
    }

    private PayloadWriteOutcome OutcomeOf(FlushResult result)
    {
        _isFull = result.IsCanceled && !result.IsCompleted;
        return result.IsCompleted ? PayloadWriteOutcome.ReaderCompleted
            : result.IsCanceled ? PayloadWriteOutcome.WaitCanceled
            : PayloadWriteOutcome.Written;
    }
}
