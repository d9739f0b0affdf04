using Spectre.Console;

namespace Engine.PerfCollect.View;

/// <summary>
/// Headings, lines and tables: with borders and colours in a terminal, as plain columns of full width where the output goes
/// elsewhere.
/// </summary>
internal sealed class ReportWriter
{
    private const int UnlimitedWidth = 4096;
    private const int LeastTextWidth = 20;
    private const int MaxTerminalWidth = 160;
    private const int ColumnPadding = 3;

    private readonly IAnsiConsole _console;
    private readonly bool _isPlain;

    public ReportWriter(TextWriter output, bool isPlain, int? width = null)
    {
        _isPlain = isPlain;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(output),
        });
        _console.Profile.Width = isPlain ? UnlimitedWidth : Math.Min(width ?? _console.Profile.Width, MaxTerminalWidth);
    }

    public void Heading(string text)
    {
        _console.WriteLine();
        _console.Write(new Markup(Markup.Escape(text) + "\n", new Style(decoration: Decoration.Bold)));
    }

    public void Line(string text) => _console.Write(new Text(text + "\n"));

    /// <summary>Writes a table of numbers with one column of text, which gets the room that is left and is cut to it.</summary>
    /// <param name="textColumn">The position of the column of text.</param>
    /// <param name="headers">The headings of the columns.</param>
    /// <param name="rows">The rows, with as many cells as there are headings.</param>
    public void Table(int textColumn, string[] headers, IEnumerable<string[]> rows)
    {
        var table = new Table { Border = _isPlain ? TableBorder.None : TableBorder.Simple };
        for (int i = 0; i < headers.Length; i++)
        {
            var column = new TableColumn(new Text(headers[i]))
            {
                NoWrap = true,
                Alignment = i == textColumn ? Justify.Left : Justify.Right,
            };
            table.AddColumn(column);
        }

        string[][] cells = [.. rows];
        int numbers = Enumerable.Range(0, headers.Length).Where(i => i != textColumn)
            .Sum(i => cells.Select(row => row[i].Length).Append(headers[i].Length).Max() + ColumnPadding);
        int room = Math.Max(LeastTextWidth, _console.Profile.Width - numbers - 2 * ColumnPadding);
        foreach (string[] row in cells)
            table.AddRow(row.Select((cell, i) => new Text(i == textColumn ? Cut(cell, room) : cell)));
        _console.Write(table);
    }

    private static string Cut(string text, int room) => text.Length <= room ? text : text[..(room - 1)] + "…";
}
