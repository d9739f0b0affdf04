namespace Engine.Emulator.Cli;

/// <summary>Shows a run while it goes on.</summary>
internal interface IRunView
{
    /// <summary>Takes a byte of the guest's console, on the machine's thread.</summary>
    void WriteConsole(byte value);

    /// <summary>Runs the machine and shows it; returns when it has ended.</summary>
    MachineRunResult Show(RunProgress progress, Func<MachineRunResult> run);
}
