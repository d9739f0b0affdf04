using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Engine.Primitives;

namespace Engine.Bench.Sse;

/// <summary>
/// A client as cheap as one can be, so that it leaves the cores to the server: reads from a socket, and finds in each event when it
/// was published. It asks by HTTP/1.0, so that what comes is the stream and nothing around it.
/// </summary>
internal sealed class SseReader : IDisposable
{
    private const int BufferSize = 32 * 1024;
    private const int StampLength = 16;

    private static readonly byte[] Mark = "\"message\":\""u8.ToArray();

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[BufferSize];
    private long _count;

    /// <summary>From publication until it was read, of events that were published at or behind <see cref="Since"/>.</summary>
    public DurationHistogram Latency { get; } = new();

    /// <summary>Events read, of those.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Clock reading from which events count.</summary>
    public static long Since { get; set; } = long.MaxValue;

    /// <summary>The message of an event that is published now.</summary>
    public static string Stamp() => MonotonicClock.Now.ToString("x16", null);

    /// <summary>Connects, asks, and waits for the first bytes.</summary>
    public async Task OpenAsync(int port, string path, CancellationToken cancellationToken)
    {
        await _socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken).ConfigureAwait(false);
        byte[] request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
        await _socket.SendAsync(request, cancellationToken).ConfigureAwait(false);
        int count = await _socket.ReceiveAsync(_buffer, cancellationToken).ConfigureAwait(false);
        if (!_buffer.AsSpan(0, count).StartsWith("HTTP/1.1 200"u8))
            throw new InvalidOperationException($"The server answered: {Encoding.ASCII.GetString(_buffer, 0, count)}");
    }

    /// <summary>Reads until it is cancelled or the server ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        int kept = 0;
        try
        {
            while (true)
            {
                int count = await _socket.ReceiveAsync(_buffer.AsMemory(kept), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    return;
                kept = Take(kept + count);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // It has read enough, or the server has cut it off because it was too slow: what did not arrive is counted.
        }
    }

    public void Dispose() => _socket.Dispose();

    // Returns how much stays at the beginning of the buffer, because it may be half a mark or half a stamp.
    private int Take(int length)
    {
        long now = MonotonicClock.Now;
        Span<byte> bytes = _buffer.AsSpan(0, length);
        int at = 0;
        while (true)
        {
            int found = bytes[at..].IndexOf(Mark);
            if (found < 0)
            {
                at = Math.Max(at, length - Mark.Length + 1);
                break;
            }

            if (at + found + Mark.Length + StampLength > length)
            {
                at += found;
                break;
            }

            at += found + Mark.Length;
            if (Utf8Parser.TryParse(bytes.Slice(at, StampLength), out long stamp, out _, 'x') && stamp >= Since)
            {
                Latency.Record(MonotonicClock.ToNanoseconds(now - stamp));
                Volatile.Write(ref _count, _count + 1);
            }

            at += StampLength;
        }

        bytes[at..].CopyTo(bytes);
        return length - at;
    }
}
