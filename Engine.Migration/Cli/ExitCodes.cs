namespace Engine.Migration.Cli;

/// <summary>Exit codes of the tool.</summary>
internal static class ExitCodes
{
    /// <summary>No use of the old types is left.</summary>
    public const int Clean = 0;

    /// <summary>Uses were found, or are left after rewriting.</summary>
    public const int Findings = 1;

    /// <summary>
    /// The command line is wrong, a file cannot be read or written, or there was nothing to look at. What could be read has been
    /// dealt with.
    /// </summary>
    public const int Failure = 2;
}
