namespace Engine.Emulator;

/// <summary>How a machine with several harts runs them. One hart runs the same either way.</summary>
public enum HartScheduling
{
    /// <summary>
    /// In turn, on the thread that calls <see cref="Machine.Run"/>: a quantum of instructions each. Two runs of one guest are
    /// identical, but for input from outside.
    /// </summary>
    InTurn,

    /// <summary>
    /// At the same time, each on a thread of its own, with the host's atomics and fences for the guest's. Time is the host's, and no
    /// two runs are alike.
    /// </summary>
    Threads,
}
