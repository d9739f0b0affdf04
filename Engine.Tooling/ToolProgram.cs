using System.CommandLine;

namespace Engine.Tooling;

/// <summary>
/// What the command lines have in common: streams, parsing, and that whatever can be expected to go wrong ends with one line on
/// standard error and an exit code.
/// </summary>
/// <param name="name">What error messages begin with.</param>
/// <param name="root">The commands.</param>
internal sealed class ToolProgram(string name, RootCommand root)
{
    private const int MaxErrorCharacters = 2_000;

    // "@file" is a file name as any other here: nobody has asked for arguments out of files, which may have no end.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    /// <summary>The exit code where files or streams fail, and where no rule of <see cref="ExitCodeOf"/> fits.</summary>
    public int FailureCode { get; init; } = ToolExitCodes.Usage;

    /// <summary>The exit codes of the program's own exceptions, whose messages are for the user; null for others.</summary>
    public Func<Exception, int?> ExitCodeOf { get; init; } = static _ => null;

    /// <summary>Words an error of the parser; null for the parser's own words.</summary>
    public Func<ParseResult, string?> Explain { get; init; } = static _ => null;

    /// <summary>Whether the commands answer Ctrl+C themselves.</summary>
    public bool HandlesSignals { get; init; }

    /// <summary>
    /// Whether it is over when nobody reads standard output any more, as for what may have no end. Else it goes on, and its exit
    /// code says what it found.
    /// </summary>
    public bool EndsUnread { get; init; }

    /// <summary>Parses and carries out a command line.</summary>
    /// <returns>The exit code of the process.</returns>
    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        StandardStreams.Prepare(EndsUnread);
        try
        {
            ParseResult parsed = root.Parse(arguments, Parser);
            if (parsed.Errors.Count > 0)
                throw new UsageException(Explain(parsed) ?? parsed.Errors[0].Message);
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
            if (HandlesSignals)
                invocation.ProcessTerminationTimeout = null;
            int exitCode = await parsed.InvokeAsync(invocation).ConfigureAwait(false);
            return StandardStreams.OutputFailure is OutputException failure ? Fail(failure) : exitCode;
        }
        catch (Exception error)
        {
            return Fail(error);
        }
    }

    /// <summary>Writes one line to standard error. What the user wrote may be long; a terminal is not.</summary>
    public static void WriteError(string name, string message) =>
        Console.Error.WriteLine($"{name}: {Shorten(message.ReplaceLineEndings(" "))}");

    /// <summary>A message as long as one may be.</summary>
    public static string Shorten(string message) =>
        message.Length <= MaxErrorCharacters ? message : message[..MaxErrorCharacters] + "...";

    private int Fail(Exception error)
    {
        if (error is OutputException { IsReaderGone: true } || StandardStreams.OutputFailure is { IsReaderGone: true })
            return ToolExitCodes.ReaderGone;
        if (error is AggregateException { InnerExceptions: [Exception only] })
            return Fail(only);
        (int code, string message) = error switch
        {
            UsageException => (ToolExitCodes.Usage, error.Message),
            _ when ExitCodeOf(error) is int own => (own, error.Message),
            OutOfMemoryException => (FailureCode, "there is not enough memory for this"),
            IOException or UnauthorizedAccessException => (FailureCode, error.Message),
            // A fault of the program's own. The first place says where to look.
            _ => (FailureCode, $"internal error: {error.GetType().Name}: {error.Message} ({PlaceOf(error)})"),
        };
        WriteError(name, message);
        return code;
    }

    private static string PlaceOf(Exception error) => error.StackTrace?.Split('\n')[0].Trim() ?? "unknown place";
}
