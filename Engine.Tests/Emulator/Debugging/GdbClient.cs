using System.Net;
using System.Net.Sockets;
using System.Text;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Debugging;

/// <summary>The other end of the remote protocol, byte by byte.</summary>
internal sealed class GdbClient : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly NetworkStream _stream;

    public GdbClient(int port)
    {
        _client.Connect(IPAddress.Loopback, port);
        _client.ReceiveTimeout = (int)Eventually.HangGuard.TotalMilliseconds;
        _stream = _client.GetStream();
    }

    /// <summary>Sends a packet and returns what answers it.</summary>
    public string Ask(string contents)
    {
        Send(contents);
        return Receive();
    }

    public void Send(string contents) => SendRaw(Frame(contents));

    public void SendRaw(string text) => _stream.Write(Encoding.Latin1.GetBytes(text));

    public static string Frame(string contents) =>
        $"${contents}#{(byte)Encoding.Latin1.GetBytes(contents).Sum(static value => value):x2}";

    /// <summary>The contents of the next packet; acknowledgements before it are skipped.</summary>
    public string Receive()
    {
        while (ReadByte() != '$')
        {
        }

        var contents = new StringBuilder();
        for (char next = ReadByte(); next != '#'; next = ReadByte())
            contents.Append(next);
        ReadByte();
        ReadByte();
        return contents.ToString();
    }

    /// <summary>The next byte.</summary>
    public char ReadByte()
    {
        int value = _stream.ReadByte();
        return value >= 0 ? (char)value : throw new EndOfStreamException("The server has closed the connection.");
    }

    /// <summary>Whether the server closes the connection without a word.</summary>
    public bool IsClosedByServer()
    {
        try
        {
            return _stream.ReadByte() < 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _client.Dispose();
}
