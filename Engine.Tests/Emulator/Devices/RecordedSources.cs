using Engine.Emulator.Devices;

namespace Engine.Tests.Emulator.Devices;

/// <summary>An interrupt controller that remembers the levels of its sources.</summary>
internal sealed class RecordedSources : IInterruptController
{
    private readonly HashSet<int> _asserted = [];

    public bool this[int irq] => _asserted.Contains(irq);

    public void SetSource(int irq, bool level)
    {
        if (level)
            _asserted.Add(irq);
        else
            _asserted.Remove(irq);
    }

    public int PendingSource(int interruptCause, int hart = 0) => _asserted.Order().FirstOrDefault();
}
