using Engine.Primitives;

namespace Engine.Handlers.Vm;

/// <summary>What a machine's devices did.</summary>
/// <param name="AddedCount">Devices attached.</param>
/// <param name="RemovedCount">Devices detached.</param>
/// <param name="TotalInterrupts">Interrupts taken, those of timers and other virtual CPUs included.</param>
/// <param name="TotalIoBytes">Bytes that devices transferred.</param>
/// <param name="InterruptsBySource">Interrupts of external sources, by the number of the source.</param>
public sealed record DeviceEventStatistics(
    long AddedCount, long RemovedCount, long TotalInterrupts, long TotalIoBytes,
    IReadOnlyDictionary<uint, long> InterruptsBySource)
{
    /// <summary>
    /// Interrupts by the number of the device that raised them, as in <c>device.added</c>; without those whose device is not known.
    /// </summary>
    public IReadOnlyDictionary<uint, long> InterruptsByDevice { get; init; } = new Dictionary<uint, long>();

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString()
    {
        IEnumerable<string> sources = InterruptsBySource.OrderBy(static pair => pair.Key)
            .Select(static pair => $"source {pair.Key}: {ReadableText.Count(pair.Value)}");
        return $"added {ReadableText.Count(AddedCount)}, removed {ReadableText.Count(RemovedCount)}, transferred " +
            $"{ReadableText.Count(TotalIoBytes)} bytes, " +
            $"interrupts {ReadableText.Count(TotalInterrupts)}" + (InterruptsBySource.Count == 0 ? "" : $" ({string.Join(", ", sources)})");
    }
}
