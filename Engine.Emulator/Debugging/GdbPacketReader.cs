using System.Globalization;

namespace Engine.Emulator.Debugging;

/// <summary>What was found in the bytes of a client.</summary>
internal enum GdbInputKind
{
    /// <summary>A packet with a good checksum.</summary>
    Packet,

    /// <summary>A packet with a bad one, to be sent again.</summary>
    BadPacket,

    /// <summary>The client wants the last packet again.</summary>
    Resend,

    /// <summary>The client wants the guest to stop.</summary>
    Interrupt,

    /// <summary>A packet that is longer than any may be: this is no debugger.</summary>
    TooLong,
}

/// <summary>Finds packets in a stream of bytes that may be cut anywhere.</summary>
internal sealed class GdbPacketReader
{
    private const byte InterruptByte = 3;

    private readonly List<byte> _contents = [];
    private readonly char[] _checksum = new char[2];
    private State _state;

    private enum State
    {
        Idle,
        Contents,
        FirstDigit,
        SecondDigit,
    }

    /// <summary>Takes the next byte; returns what it completes.</summary>
    public (GdbInputKind Kind, string Text)? Take(byte value)
    {
        switch (_state)
        {
            case State.Idle when value == (byte)'$':
                _contents.Clear();
                _state = State.Contents;
                return null;
            case State.Idle:
                return value switch
                {
                    InterruptByte => (GdbInputKind.Interrupt, string.Empty),
                    (byte)'-' => (GdbInputKind.Resend, string.Empty),
                    _ => null,
                };
            case State.Contents when value == (byte)'#':
                _state = State.FirstDigit;
                return null;
            case State.Contents when value == (byte)'$':
                // What came before was cut off: a packet begins here.
                _contents.Clear();
                return null;
            case State.Contents:
                _contents.Add(value);
                return _contents.Count > GdbPacket.MaxLength ? (GdbInputKind.TooLong, string.Empty) : null;
            case State.FirstDigit:
                _checksum[0] = (char)value;
                _state = State.SecondDigit;
                return null;
            default:
                _checksum[1] = (char)value;
                _state = State.Idle;
                return Complete();
        }
    }

    private (GdbInputKind Kind, string Text) Complete()
    {
        byte sum = 0;
        foreach (byte value in _contents)
            sum += value;
        bool isGood = byte.TryParse(_checksum, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte expected)
            && expected == sum;
        return isGood
            ? (GdbInputKind.Packet, GdbPacket.Decode([.. _contents]))
            : (GdbInputKind.BadPacket, string.Empty);
    }
}
