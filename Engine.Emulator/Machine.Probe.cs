using Engine.Emulator.Cpu;

namespace Engine.Emulator;

public sealed partial class Machine
{
    private enum ProbeKind
    {
        None,
        Blocks,
        Instructions,
        Step,
        Regions,
    }

    private ProbeKind _probeKind;
    private int _subscriptionVersion;
    private StepProbe _stepProbe;

    /// <summary>Chooses the cheapest probe that reports all that is subscribed to.</summary>
    private void SelectProbe()
    {
        _subscriptionVersion = _events.SubscriptionVersion;
        _stepProbe.EndRun(_hart);
        _recorder.Flush();
        _recorder.SubscriptionsChanged();
        _stepProbe = new StepProbe(_recorder);
        bool steps = _events.Instructions is { HasInlineSubscribers: true } || _events.Memory is { IsEnabled: true };
        bool blocks = _events.Blocks is { IsEnabled: true } || _events.WantsHotSpots;
        _recorder.Regions = _events.GetRegions(out bool areAllWanted);
        _recorder.RecordsBeyondRegions = areAllWanted;
        _probeKind = steps ? ProbeKind.Step
            : _recorder.Regions.Length > 0 ? ProbeKind.Regions
            : _events.Instructions is { IsEnabled: true } ? ProbeKind.Instructions
            : blocks ? ProbeKind.Blocks
            : ProbeKind.None;
        _hart.SingleStep = steps;
        _hart.ReportsMappings = _events.WantsMappings;
    }

    /// <summary>Runs a slice with the probe for the subscriptions of now: one comparison per slice.</summary>
    private void RunSelected()
    {
        if (_events.SubscriptionVersion != _subscriptionVersion)
            SelectProbe();
        switch (_probeKind)
        {
            case ProbeKind.Blocks:
                var blocks = new BlockProbe(_recorder);
                RunSliceWith(ref blocks);
                break;
            case ProbeKind.Instructions:
                bool recordsBlocks = _events.Blocks is { IsEnabled: true } || _events.WantsHotSpots;
                var instructions = new InstructionProbe(_recorder, recordsBlocks);
                RunSliceWith(ref instructions);
                break;
            case ProbeKind.Regions:
                var regions = new RegionProbe(_recorder, _events.Blocks is { IsEnabled: true } || _events.WantsHotSpots);
                RunSliceWith(ref regions);
                break;
            case ProbeKind.Step:
                RunSliceWith(ref _stepProbe);
                _stepProbe.EndRun(_hart);
                break;
            default:
                var none = default(NoProbe);
                RunSliceWith(ref none);
                break;
        }
    }

    private void RunSliceWith<TProbe>(ref TProbe probe)
        where TProbe : struct, IProbe
    {
        if (_hart.Calls is not CallRecorder calls)
        {
            _hart.RunSlice(ref probe);
            return;
        }

        var both = new CallProbe<TProbe>(probe, calls);
        _hart.RunSlice(ref both);
        probe = both.Inner;
    }
}
