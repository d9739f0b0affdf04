namespace Engine.Emulator;

/// <summary>How a way back through a machine's past ended.</summary>
public enum HistoryOutcome
{
    /// <summary>The machine is where it was to go.</summary>
    Reached,

    /// <summary>What was asked for lies before the history, or never happened; the machine is at the history's first instruction.</summary>
    BeforeHistory,

    /// <summary>What was asked for lies ahead; nothing has changed.</summary>
    Ahead,

    /// <summary>What had been published was not handled in time; nothing has changed.</summary>
    NotHandled,

    /// <summary>The machine stopped on the way: it was asked to, or ran otherwise than before, as input from outside may make it.</summary>
    Diverged,
}
