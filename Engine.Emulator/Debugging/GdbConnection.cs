using System.Net.Sockets;

namespace Engine.Emulator.Debugging;

/// <summary>
/// One client. A thread of its own reads; whoever answers writes, and waits a few seconds at most for a client that does not read.
/// </summary>
internal sealed class GdbConnection : IDisposable
{
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(5);

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private readonly Lock _writing = new();
    private byte[] _lastPacket = [];
    private bool _acknowledges = true;

    public GdbConnection(TcpClient client)
    {
        _client = client;
        _client.NoDelay = true;
        _client.SendTimeout = (int)WriteTimeout.TotalMilliseconds;
        _stream = client.GetStream();
    }

    /// <summary>Reads until the client is gone; gives on what it sent.</summary>
    /// <param name="received">Is called for packets and interrupts.</param>
    public void Read(Action<GdbInputKind, string> received)
    {
        var reader = new GdbPacketReader();
        byte[] buffer = new byte[4096];
        try
        {
            for (int count; (count = _stream.Read(buffer)) > 0;)
            {
                foreach (byte value in buffer.AsSpan(0, count))
                {
                    if (reader.Take(value) is not { } input)
                        continue;
                    if (input.Kind == GdbInputKind.TooLong)
                        return;
                    Answer(input.Kind);
                    if (input.Kind is GdbInputKind.Packet or GdbInputKind.Interrupt)
                        received(input.Kind, input.Text);
                }
            }
        }
        catch (Exception error) when (IsLoss(error))
        {
            // A client that is gone has nothing more to say.
        }
    }

    /// <summary>Sends a packet; a client that is gone or does not read is given up, and its reader ends.</summary>
    public void Send(string contents)
    {
        lock (_writing)
        {
            _lastPacket = GdbPacket.Encode(contents);
            Write(_lastPacket);
        }
    }

    /// <summary>From the next packet on neither side acknowledges.</summary>
    public void StopAcknowledging() => Volatile.Write(ref _acknowledges, false);

    /// <summary>Closes the connection, which ends the reader.</summary>
    public void Dispose() => _client.Dispose();

    private void Answer(GdbInputKind kind)
    {
        if (!Volatile.Read(ref _acknowledges))
            return;
        lock (_writing)
        {
            if (kind is GdbInputKind.Packet)
                Write("+"u8);
            else if (kind is GdbInputKind.BadPacket)
                Write("-"u8);
            else if (kind is GdbInputKind.Resend)
                Write(_lastPacket);
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (Exception error) when (IsLoss(error))
        {
            _client.Dispose();
        }
    }

    private static bool IsLoss(Exception error) =>
        error is IOException or SocketException or ObjectDisposedException or InvalidOperationException;
}
