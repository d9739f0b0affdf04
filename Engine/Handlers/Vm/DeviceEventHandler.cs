using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions;
using Microsoft.Extensions.Logging;

namespace Engine.Handlers.Vm;

/// <summary>Keeps statistics of a machine's devices: attached, detached, interrupts and transfers.</summary>
/// <param name="source">Where to subscribe: an engine or a bus.</param>
/// <param name="vmId">The machine whose events count, as given to the producer or the bus; null for all.</param>
/// <param name="logger">
/// Gets a line for each device that is attached or detached, and for losses; null for none. What it throws is dropped.
/// </param>
public sealed class DeviceEventHandler(IEventSource source, string? vmId = null, ILogger? logger = null)
    : VmEventHandler(source, vmId, logger)
{
    /// <summary>
    /// Interrupt sources, and devices, that are counted each by itself; RISC-V's PLIC has at most 1,023. Further ones count in the total
    /// only.
    /// </summary>
    public const int MaxSources = 1024;

    private readonly Lock _sourcesLock = new();
    private readonly Dictionary<uint, long> _interruptsBySource = [];
    private readonly Dictionary<uint, long> _interruptsByDevice = [];
    private long _added;
    private long _removed;
    private long _interrupts;
    private long _ioBytes;

    /// <summary>The statistics since the handler was made. Thread-safe; allocates, and may wait for the counting of one batch.</summary>
    public DeviceEventStatistics GetStatistics()
    {
        lock (_sourcesLock)
        {
            return new DeviceEventStatistics(
                Volatile.Read(ref _added), Volatile.Read(ref _removed), _interrupts, Volatile.Read(ref _ioBytes),
                new Dictionary<uint, long>(_interruptsBySource))
            {
                InterruptsByDevice = new Dictionary<uint, long>(_interruptsByDevice),
            };
        }
    }

    private protected override void SubscribeAll(Predicate<EventDescriptor> isWanted)
    {
        Add<DeviceAdded>(OnAdded, isWanted);
        Add<DeviceRemoved>(OnRemoved, isWanted);
        Add<InterruptRaised>(OnInterrupt, isWanted);
        Add<DeviceIoCompleted>(OnIoCompleted, isWanted);
    }

    private void OnAdded(ReadOnlySpan<DeviceAdded> events, in Envelope envelope)
    {
        Interlocked.Add(ref _added, events.Length);
        if (!Log.IsOn)
            return;
        foreach (ref readonly DeviceAdded device in events)
            Log.Information($"device {device.DeviceId} of kind {device.DeviceKind} at 0x{device.BaseAddress:x} added");
    }

    private void OnRemoved(ReadOnlySpan<DeviceRemoved> events, in Envelope envelope)
    {
        Interlocked.Add(ref _removed, events.Length);
        if (!Log.IsOn)
            return;
        foreach (ref readonly DeviceRemoved device in events)
            Log.Information($"device {device.DeviceId} of kind {device.DeviceKind} at 0x{device.BaseAddress:x} removed");
    }

    private void OnInterrupt(ReadOnlySpan<InterruptRaised> events, in Envelope envelope)
    {
        lock (_sourcesLock)
        {
            _interrupts += events.Length;
            foreach (ref readonly InterruptRaised interrupt in events)
            {
                if (interrupt.Source != 0)
                    Count(_interruptsBySource, interrupt.Source);
                if (interrupt.DeviceId != 0)
                    Count(_interruptsByDevice, interrupt.DeviceId);
            }
        }
    }

    private void OnIoCompleted(ReadOnlySpan<DeviceIoCompleted> events, in Envelope envelope)
    {
        long bytes = 0;
        foreach (ref readonly DeviceIoCompleted transfer in events)
            bytes += transfer.ByteCount;
        Interlocked.Add(ref _ioBytes, bytes);
    }

    private static void Count(Dictionary<uint, long> interrupts, uint number)
    {
        ref long count = ref CollectionsMarshal.GetValueRefOrNullRef(interrupts, number);
        if (!Unsafe.IsNullRef(ref count))
            count++;
        else if (interrupts.Count < MaxSources)
            interrupts.Add(number, 1);
    }
}
