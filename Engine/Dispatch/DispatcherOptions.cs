namespace Engine.Dispatch;

/// <summary>What the dispatcher needs to know; the host has validated it.</summary>
/// <param name="EngineName">Name of the engine, for trace sessions.</param>
/// <param name="WorkerCount">Dispatcher threads.</param>
/// <param name="ThreadNamePrefix">Name of the threads, before their number.</param>
/// <param name="Affinity">Processors to pin the threads to, in order; empty for none.</param>
/// <param name="CreateBatchSizer">Makes the batch sizer of a worker.</param>
/// <param name="StealAfter">How long a worker may be busy with one round before others take its waiting lanes.</param>
internal sealed record DispatcherOptions(
    string EngineName,
    int WorkerCount,
    string ThreadNamePrefix,
    IReadOnlyList<int> Affinity,
    Func<BatchSizer> CreateBatchSizer,
    TimeSpan StealAfter);
