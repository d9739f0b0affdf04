namespace Engine.Emulator.Cli;

/// <summary>Exit codes of the emulator where the guest does not give one.</summary>
internal static class ExitCodes
{
    /// <summary>The command line or a file it names is wrong, or output cannot be written.</summary>
    public const int Usage = 2;

    /// <summary>The guest waits for what can never come, or traps without end.</summary>
    public const int Stuck = 3;

    /// <summary>The instructions that the run was limited to are used up.</summary>
    public const int InstructionLimit = 4;

    /// <summary>The guest has stopped before the event that it was to stop before.</summary>
    public const int Breakpoint = 5;

    /// <summary>A journal is damaged, or misses events.</summary>
    public const int JournalIncomplete = 1;

    /// <summary>The user pressed Ctrl+C.</summary>
    public const int Cancelled = 130;

    /// <summary>A guest's code as the operating system can carry it: never 0 for a code that is not.</summary>
    public static int FromGuest(int code) => code == 0 || (code & 0xFF) != 0 ? code & 0xFF : 0xFF;
}
