using Engine.Emulator.Cpu;
using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Hosting;

namespace Engine.Emulator;

/// <summary>A hart with its producer, and the probe it runs with. Belongs to the thread that runs it.</summary>
internal sealed class VirtualCpu : IDisposable
{
    private ProbeKind _probeKind;
    private int _subscriptionVersion;
    private StepProbe _stepProbe;
    private int _boundaryVersion = -1;

    public VirtualCpu(
        int number, MachineOptions options, EventEngine? engine, GuestMemory memory, MmioBus bus, IMachineClock clock,
        MemorySharing? sharing)
    {
        Events = new MachineEvents(engine, engine?.CreateProducer($"vcpu{number}", options.VmId, (ushort)number), number);
        Recorder = new ExecutionRecorder(Events, options.HotSpotThreshold);
        Hart = new Hart(memory, bus, clock, Events, number, sharing);
        Idle = new IdleClock(options.TimeProvider);
        Events.Connect(Hart);
    }

    private enum ProbeKind
    {
        None,
        Blocks,
        Instructions,
        Step,
        Regions,
    }

    public Hart Hart { get; }

    public MachineEvents Events { get; }

    public ExecutionRecorder Recorder { get; }

    /// <summary>What the hart waits at while it is parked.</summary>
    public IdleClock Idle { get; }

    /// <summary>
    /// Retired-instruction count of the next boundary: a slice ends there, so that nothing of boundaries is in the loop, and decoded
    /// blocks are cut as they are by a budget.
    /// </summary>
    public ulong BoundaryRetired { get; private set; } = ulong.MaxValue;

    /// <summary>Lets what is to begin or end at this instruction do so. To be called between two instructions.</summary>
    public void LookForBoundaries()
    {
        if (Hart.Retired < BoundaryRetired && Events.SubscriptionVersion == _boundaryVersion)
            return;
        _stepProbe.EndRun(Hart);
        Recorder.Flush();
        do
        {
            // A callback may subscribe; what comes to wait while this looks is found by the next look.
            _boundaryVersion = Events.SubscriptionVersion;
            BoundaryRetired = Events.ReachBoundary(Hart.Retired);
        }
        while (BoundaryRetired <= Hart.Retired);
    }

    /// <summary>The hart has been set back: looks anew.</summary>
    public void ForgetBoundaries()
    {
        _boundaryVersion = -1;
        Events.Stamp();
    }

    /// <summary>Publishes what was gathered, and promises that nothing of before now will come.</summary>
    public void Flush()
    {
        Recorder.Flush();
        Events.ReportProgress();
    }

    /// <summary>Lets who follows the hart look at it.</summary>
    public void Polled() => Hart.Calls?.Observer?.Polled();

    /// <summary>Chooses the cheapest probe that reports all that is subscribed to.</summary>
    public void SelectProbe()
    {
        _subscriptionVersion = Events.SubscriptionVersion;
        _stepProbe.EndRun(Hart);
        Recorder.Flush();
        Recorder.SubscriptionsChanged();
        _stepProbe = new StepProbe(Recorder);
        bool steps = Events.Instructions is { HasInlineSubscribers: true } || Events.Memory is { IsEnabled: true };
        bool blocks = Events.Blocks is { IsEnabled: true } || Events.WantsHotSpots;
        Recorder.Regions = Events.GetRegions(out bool areAllWanted);
        Recorder.RecordsBeyondRegions = areAllWanted;
        _probeKind = steps ? ProbeKind.Step
            : Recorder.Regions.Length > 0 ? ProbeKind.Regions
            : Events.Instructions is { IsEnabled: true } ? ProbeKind.Instructions
            : blocks ? ProbeKind.Blocks
            : ProbeKind.None;
        Hart.SingleStep = steps;
        Hart.ReportsMappings = Events.WantsMappings;
    }

    /// <summary>Runs a slice with the probe for the subscriptions of now: one comparison per slice.</summary>
    public void RunSelected()
    {
        if (Events.SubscriptionVersion != _subscriptionVersion)
            SelectProbe();
        switch (_probeKind)
        {
            case ProbeKind.Blocks:
                var blocks = new BlockProbe(Recorder);
                RunSliceWith(ref blocks);
                break;
            case ProbeKind.Instructions:
                bool recordsBlocks = Events.Blocks is { IsEnabled: true } || Events.WantsHotSpots;
                var instructions = new InstructionProbe(Recorder, recordsBlocks);
                RunSliceWith(ref instructions);
                break;
            case ProbeKind.Regions:
                var regions = new RegionProbe(Recorder, Events.Blocks is { IsEnabled: true } || Events.WantsHotSpots);
                RunSliceWith(ref regions);
                break;
            case ProbeKind.Step:
                RunSliceWith(ref _stepProbe);
                _stepProbe.EndRun(Hart);
                break;
            default:
                var none = default(NoProbe);
                RunSliceWith(ref none);
                break;
        }
    }

    public void Dispose()
    {
        Events.Dispose();
        Hart.Dispose();
        Recorder.Dispose();
    }

    private void RunSliceWith<TProbe>(ref TProbe probe)
        where TProbe : struct, IProbe
    {
        if (Hart.Calls is not CallRecorder calls)
        {
            Hart.RunSlice(ref probe);
            return;
        }

        var both = new CallProbe<TProbe>(probe, calls);
        Hart.RunSlice(ref both);
        probe = both.Inner;
    }
}
