namespace Engine.PerfCollect;

/// <summary>Exit codes of the tool.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>What was asked for could not be done.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The user gave up waiting for the files by a second Ctrl+C.</summary>
    public const int Abandoned = 130;
}
