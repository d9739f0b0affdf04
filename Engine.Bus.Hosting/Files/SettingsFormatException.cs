namespace Engine.Bus.Configuration;

/// <summary>The text of settings cannot be understood. The message names the source and the place.</summary>
public sealed class SettingsFormatException : FormatException
{
    internal SettingsFormatException(string source, string problem, long line = 0, long column = 0, Exception? inner = null)
        : base(line > 0 ? $"{source}({line},{column}): {problem}" : $"{source}: {problem}", inner)
    {
        Problem = problem;
        Line = line;
        Column = column;
    }

    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; }

    /// <summary>The line, from 1; 0 if it is not known.</summary>
    public long Line { get; }

    /// <summary>The column, from 1; 0 if it is not known.</summary>
    public long Column { get; }
}
