namespace Engine.Tooling;

/// <summary>Exit codes that all command lines share.</summary>
internal static class ToolExitCodes
{
    /// <summary>The command line is wrong, or names what cannot be read or written.</summary>
    public const int Usage = 2;

    /// <summary>Nobody reads standard output any more: what a shell reports of a program that SIGPIPE ended.</summary>
    public const int ReaderGone = 141;
}
