namespace Engine.Handlers.Vm;

/// <summary>What a machine's devices did.</summary>
/// <param name="AddedCount">Devices attached.</param>
/// <param name="RemovedCount">Devices detached.</param>
/// <param name="TotalInterrupts">Interrupts taken, those of timers and other virtual CPUs included.</param>
/// <param name="TotalIoBytes">Bytes that devices transferred.</param>
/// <param name="InterruptsBySource">Interrupts of external sources, by the number of the source.</param>
public sealed record DeviceEventStatistics(
    long AddedCount, long RemovedCount, long TotalInterrupts, long TotalIoBytes,
    IReadOnlyDictionary<uint, long> InterruptsBySource);
