namespace Engine.Bench.Support;

/// <summary>
/// Says on the error stream what is being measured: on a terminal in one line that is overwritten, otherwise in a
/// line per step.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="isTerminal">Whether a line can be overwritten.</param>
internal sealed class Progress(TextWriter output, bool isTerminal)
{
    private const int LineWidth = 78;

    public static Progress ToErrorStream() => new(Console.Error, !Console.IsErrorRedirected);

    public void Step(string text)
    {
        if (isTerminal)
            output.Write("\r" + (text.Length > LineWidth ? text[..LineWidth] : text.PadRight(LineWidth)));
        else
            output.WriteLine(text);
    }

    /// <summary>Clears the line.</summary>
    public void Done()
    {
        if (isTerminal)
            output.Write("\r" + new string(' ', LineWidth) + "\r");
    }
}
