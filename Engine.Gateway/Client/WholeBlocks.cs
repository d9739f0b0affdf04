using System.Text;

namespace Engine.Gateway.Client;

/// <summary>
/// Finds the id of the last block of an event stream that came whole. A stream may be cut off behind the id of a block whose event
/// has not come: who goes on behind that id misses it. Not thread-safe.
/// </summary>
internal sealed class WholeBlocks
{
    // Longer than any id of a gateway's. What is longer is no cursor.
    private const int MaxLine = 256;

    private readonly byte[] _line = new byte[MaxLine];
    private int _length;
    private bool _endedWithCr;
    private string _id = "";

    /// <summary>The id that was in force when the last whole block ended; empty if there was none.</summary>
    public string LastId { get; private set; } = "";

    /// <summary>Takes the next bytes, wherever they were cut.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
        {
            bool isSecondHalf = one == '\n' && _endedWithCr;
            _endedWithCr = one == '\r';
            if (isSecondHalf)
                continue;
            if (one is (byte)'\r' or (byte)'\n')
                EndLine();
            else
                Add(one);
        }
    }

    private void Add(byte one)
    {
        if (_length < MaxLine)
            _line[_length] = one;
        _length = Math.Min(_length + 1, MaxLine + 1);
    }

    private void EndLine()
    {
        if (_length == 0)
        {
            LastId = _id;
            return;
        }

        ReadOnlySpan<byte> line = _line.AsSpan(0, Math.Min(_length, MaxLine));
        if (_length <= MaxLine && line.StartsWith("id:"u8))
        {
            ReadOnlySpan<byte> id = line["id:"u8.Length..];
            id = id.StartsWith(" "u8) ? id[1..] : id;
            if (!id.Contains((byte)0))
                _id = Encoding.UTF8.GetString(id);
        }

        _length = 0;
    }
}
