using Engine.Cluster.Contracts;
using Engine.Emulator;
using Engine.Events.Vm;

namespace Engine.Fleet.Hosts;

/// <summary>
/// What machines have done, counted where it happens, by event type: what a fleet knows of events that nobody records. Noted by the
/// machine's thread, read by any.
/// </summary>
internal sealed class GuestCounts(string machineId)
{
    private readonly Lock _lock = new();
    private long[] _ended = new long[4];
    private long[] _running = new long[4];

    /// <summary>Notes what a machine has done since it was made.</summary>
    public void Note(Machine machine, bool isEnd)
    {
        long[] now =
        [
            (long)machine.RetiredInstructions, machine.Traps.PageFaults, Sum(machine.Traps.Exceptions), Sum(machine.Traps.Interrupts),
        ];
        lock (_lock)
        {
            if (isEnd)
                _ended = [.. _ended.Zip(now, static (before, add) => before + add)];
            _running = isEnd ? new long[now.Length] : now;
        }
    }

    /// <summary>The counts.</summary>
    public IReadOnlyList<SourceCount> Read()
    {
        lock (_lock)
        {
            string[] types =
            [
                InstructionRetired.Descriptor.Name, PageFaulted.Descriptor.Name, ExceptionRaised.Descriptor.Name,
                InterruptRaised.Descriptor.Name,
            ];
            return [.. types.Select((type, i) => new SourceCount(machineId, type, _ended[i] + _running[i]))];
        }
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (long count in counts)
            sum += count;
        return sum;
    }
}
