using System.Buffers;
using System.IO.Pipelines;

namespace Engine.Bus.Payloads;

/// <summary>
/// Reads payloads where they lie, one after the other: read, use <see cref="Payload"/>, release. To be used by one thread
/// at a time.
/// </summary>
public sealed class PayloadReader
{
    private readonly PipeReader _pipe;
    private readonly int _maxSize;
    private ReadOnlySequence<byte> _payload;
    private bool _hasPayload;
    private bool _isCompleted;
    private long _number;
    private long _released;
    private long _bytesReleased;
    private long _waits;

    internal PayloadReader(PipeReader pipe, int maxSize)
    {
        _pipe = pipe;
        _maxSize = maxSize;
    }

    /// <summary>The payload that was read: the buffer's own memory, valid until <see cref="Release"/>.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ReadOnlySequence<byte> Payload => _hasPayload
        ? _payload
        : throw new InvalidOperationException("There is no payload: none has been read, or it has been released.");

    internal long Released => Volatile.Read(ref _released);

    internal long BytesReleased => Volatile.Read(ref _bytesReleased);

    internal long Waits => Volatile.Read(ref _waits);

    /// <summary>Goes to the next payload. Waits for one, without holding a thread.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">The payload before has not been released, or the reader has ended.</exception>
    /// <exception cref="InvalidDataException">The buffer's memory has been damaged. The reader ends.</exception>
    public ValueTask<PayloadReadOutcome> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_hasPayload)
            throw new InvalidOperationException("Release the payload before reading the next one.");
        if (_isCompleted)
            throw new InvalidOperationException("The reader has ended.");
        while (_pipe.TryRead(out ReadResult result))
        {
            if (Take(result) is { } outcome)
                return new ValueTask<PayloadReadOutcome>(outcome);
        }

        return WaitAsync(cancellationToken);
    }

    /// <summary>Gives the payload's memory back to the writer.</summary>
    /// <exception cref="InvalidOperationException">There is no payload.</exception>
    public void Release()
    {
        ReadOnlySequence<byte> payload = Payload;
        _hasPayload = false;
        _payload = default;
        // Before the writer can go on, so that bytes in flight are never more than there were.
        Volatile.Write(ref _released, _released + 1);
        Volatile.Write(ref _bytesReleased, _bytesReleased + PayloadHeader.Size + payload.Length);
        _pipe.AdvanceTo(payload.End);
    }

    /// <summary>Ends reading. A payload that was not released is; the writer learns of it at its next commit.</summary>
    public void Complete()
    {
        if (_hasPayload)
            Release();
        _isCompleted = true;
        _pipe.Complete();
    }

    private async ValueTask<PayloadReadOutcome> WaitAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _waits, _waits + 1);
        try
        {
            while (true)
            {
                ReadResult result = await _pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (Take(result) is { } outcome)
                    return outcome;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return PayloadReadOutcome.Canceled;
        }
    }

    /// <summary>Takes the first payload that was not abandoned; null if there is none in what was read.</summary>
    private PayloadReadOutcome? Take(in ReadResult result)
    {
        ReadOnlySequence<byte> rest = result.Buffer;
        while (!rest.IsEmpty)
        {
            (int length, bool isAbandoned) = ReadHeader(rest);
            rest = rest.Slice(PayloadHeader.Size);
            _number++;
            if (!isAbandoned)
            {
                _payload = rest.Slice(0, length);
                _hasPayload = true;
                return PayloadReadOutcome.Payload;
            }

            Volatile.Write(ref _bytesReleased, _bytesReleased + PayloadHeader.Size + length);
            rest = rest.Slice(length);
        }

        _pipe.AdvanceTo(rest.End);
        return result.IsCompleted ? PayloadReadOutcome.Completed : null;
    }

    private (int Length, bool IsAbandoned) ReadHeader(in ReadOnlySequence<byte> rest)
    {
        try
        {
            return PayloadHeader.Read(rest, _number, _maxSize);
        }
        catch (InvalidDataException)
        {
            _isCompleted = true;
            _pipe.Complete();
            throw;
        }
    }
}
