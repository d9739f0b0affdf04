namespace Engine.Dashboard.Live;

/// <summary>
/// The last lines of a guest's console, bounded in lines and in what is new per snapshot, so that a guest that prints without end costs a
/// browser no more than a quiet one. For one thread at a time.
/// </summary>
internal sealed class ConsoleLines
{
    public const int MaxLines = 120;
    public const int MaxNew = 30;
    public const int MaxLength = 160;

    private readonly List<ConsoleLine> _lines = [];
    private string _open = "";
    private int _new;
    private long _printed;

    /// <summary>Lines that are not there any more.</summary>
    public long Omitted { get; private set; }

    public void Add(string text, long omittedBytes)
    {
        if (omittedBytes > 0)
            End($"[{omittedBytes} bytes left out]");
        string[] parts = (_open + text.Replace("\r", "", StringComparison.Ordinal)).Split('\n');
        foreach (string line in parts.AsSpan(0, parts.Length - 1))
            End(line);
        _open = Cut(parts[^1]);
    }

    /// <summary>The lines, the one that has not ended last. What comes from now on is new.</summary>
    public IReadOnlyList<ConsoleLine> Take()
    {
        _new = 0;
        return _open.Length == 0 ? [.. _lines] : [.. _lines, new ConsoleLine(_printed + 1, _open)];
    }

    private void End(string line)
    {
        _lines.Add(new ConsoleLine(++_printed, Cut(line)));
        // The oldest of the new ones goes, or the oldest of all.
        if (++_new > MaxNew)
        {
            _lines.RemoveAt(_lines.Count - _new);
            _new--;
            Omitted++;
        }

        if (_lines.Count <= MaxLines)
            return;
        _lines.RemoveAt(0);
        Omitted++;
    }

    private static string Cut(string line)
    {
        string clean = new([.. line.Where(static letter => letter == '\t' || !char.IsControl(letter))]);
        return clean.Length <= MaxLength ? clean : clean[..MaxLength] + "…";
    }
}
