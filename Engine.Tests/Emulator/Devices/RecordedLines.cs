using Engine.Emulator.Devices;

namespace Engine.Tests.Emulator.Devices;

/// <summary>A hart's interrupt inputs that remember their levels.</summary>
internal sealed class RecordedLines : IInterruptLines
{
    private readonly HashSet<int> _asserted = [];

    public bool this[int cause] => _asserted.Contains(cause);

    public void SetLine(int cause, bool asserted)
    {
        if (asserted)
            _asserted.Add(cause);
        else
            _asserted.Remove(cause);
    }
}
