using System.Text;

namespace Engine.Emulator.Cli;

/// <summary>The last lines of the guest's console, without control codes. Written by the machine's thread, read by the view's.</summary>
internal sealed class ConsoleTail(int maxLines)
{
    private const int MaxColumns = 200;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly StringBuilder _line = new();
    private readonly StringBuilder _transcript = new();

    public void Write(byte value)
    {
        lock (_lock)
        {
            if (value is >= 0x20 and < 0x7F or (byte)'\n' or (byte)'\t')
                _transcript.Append((char)value);
            if (value == '\n')
                EndLine();
            else if (value is >= 0x20 and < 0x7F && _line.Length < MaxColumns)
                _line.Append((char)value);
        }
    }

    public IReadOnlyList<string> Lines()
    {
        lock (_lock)
            return [.. _lines, .. _line.Length > 0 ? new[] { _line.ToString() } : []];
    }

    /// <summary>All that was written.</summary>
    public string Transcript()
    {
        lock (_lock)
            return _transcript.ToString();
    }

    private void EndLine()
    {
        _lines.Enqueue(_line.ToString());
        _line.Clear();
        if (_lines.Count > maxLines)
            _lines.Dequeue();
    }
}
