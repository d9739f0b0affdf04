namespace Engine.Emulator;

/// <summary>
/// What is to begin or end at an instruction of the hart. A slice ends there, so that nothing of it is in the loop, and decoded blocks
/// are cut as they are by a budget.
/// </summary>
public sealed partial class Machine
{
    private int _boundaryVersion = -1;

    // Retired-instruction count of the next boundary.
    private ulong _boundaryRetired = ulong.MaxValue;

    private void LookForBoundaries()
    {
        if (_hart.Retired < _boundaryRetired && _events.SubscriptionVersion == _boundaryVersion)
            return;
        _stepProbe.EndRun(_hart);
        _recorder.Flush();
        do
        {
            // A callback may subscribe; what comes to wait while this looks is found by the next look.
            _boundaryVersion = _events.SubscriptionVersion;
            _boundaryRetired = _events.ReachBoundary(_hart.Retired);
        }
        while (_boundaryRetired <= _hart.Retired);
    }
}
