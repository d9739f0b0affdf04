using System.Runtime.InteropServices;

namespace Engine.Tooling;

/// <summary>
/// Standard output or error by its descriptor. The console's own stream takes a pipe that nobody reads for one that takes all,
/// so that a program without end would run on behind <c>head -1</c>. Safe for many threads as far as a single write is.
/// </summary>
/// <param name="descriptor">1 or 2.</param>
/// <param name="isOpen">Whether the process was given it at all.</param>
/// <param name="isSilent">Whether failures to write are passed over, as for error messages that nobody can see.</param>
/// <param name="needsReader">
/// Whether it is a failure that nobody reads any more; else the rest is passed over, and the work goes on to its end.
/// </param>
internal sealed class OutputStream(int descriptor, bool isOpen, bool isSilent, bool needsReader) : Stream
{
    private volatile OutputException? _failure;
    private volatile bool _isUnread;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Why the first write failed that did; null while all have been written.</summary>
    public OutputException? Failure => _failure;

    /// <summary>Says beforehand that nothing can be written.</summary>
    /// <exception cref="OutputException">The stream is closed.</exception>
    public void RequireOpen()
    {
        if (!isOpen)
            throw _failure ??= new OutputException("standard output is closed", isReaderGone: false);
    }

    public override void Flush()
    {
        // Nothing is kept here.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="OutputException">The bytes cannot be written, now or since an earlier call.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.IsEmpty || _isUnread)
            return;
        try
        {
            if (_failure is OutputException earlier)
                throw new OutputException(earlier.Message, earlier.IsReaderGone);
            RequireOpen();
            WriteAll(buffer);
        }
        catch (OutputException) when (isSilent)
        {
            // There is no other place to say it.
        }
    }

    private unsafe void WriteAll(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint count = NativeMethods.Write(descriptor, first + done, (nuint)(buffer.Length - done));
                if (count >= 0)
                {
                    done += (int)count;
                    continue;
                }

                int error = Marshal.GetLastPInvokeError();
                if (error == NativeMethods.BrokenPipe && !needsReader)
                {
                    _isUnread = true;
                    return;
                }

                if (error == NativeMethods.TryAgain)
                    WaitForRoom();
                else if (error != NativeMethods.Interrupted)
                    throw _failure = Failed(error);
            }
        }
    }

    private static OutputException Failed(int error) => new(
        $"standard output cannot be written: {Marshal.GetPInvokeErrorMessage(error)}", error == NativeMethods.BrokenPipe);

    // Somebody else may have made the terminal or pipe one that does not block.
    private unsafe void WaitForRoom()
    {
        var request = new NativeMethods.PollRequest { Descriptor = descriptor, Wanted = NativeMethods.PollOut };
        _ = NativeMethods.Poll(&request, 1, -1);
    }
}
