namespace Engine.Emulator.Cpu;

/// <summary>
/// The order in which harts on threads ask before their events. One asks at a time, and the order of their events is that in which they
/// have asked. When one has stopped, the others stand still before the next event that they come to, which is offered when they run on: so
/// no event that would have been asked about happens between a hit and the end of the run.
/// </summary>
internal sealed class CausalOrder
{
    private readonly Lock _gate = new();
    private volatile bool _hasHit;

    /// <summary>Whether a hart has stopped, and nobody has taken that.</summary>
    public bool HasHit
    {
        get => _hasHit;
        set => _hasHit = value;
    }

    /// <summary>Begins a hart's turn to ask; nothing without an order.</summary>
    public static Turn Enter(CausalOrder? order)
    {
        order?._gate.Enter();
        return new Turn(order?._gate);
    }

    /// <summary>A hart's turn to ask.</summary>
    public readonly ref struct Turn(Lock? gate)
    {
        public void Dispose() => gate?.Exit();
    }
}
