using Engine.Bus.Options;
using Engine.Bus.Retry;
using Engine.Primitives;

namespace Engine.Bus.Queues;

/// <summary>
/// What holds for one subscription: its own options, and the bus's where it leaves them open. Immutable; replaced as a whole.
/// </summary>
internal sealed record DeliverySettings(
    ProcessingMode Mode, int QueueCapacity, OverflowPolicy OverflowPolicy, int MaxConcurrency, BatchOptions Batch, HandlerPipeline? Retry)
{
    /// <summary>Whether the handler may run on publishers' threads.</summary>
    public bool MayBeSync { get; private init; }

    /// <summary>Queues of a subscription with an ordering key. As many as there can be would be more than anybody has use for.</summary>
    public int KeyedQueues { get; private init; } = MaxConcurrency;

    /// <summary>Puts the options together.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option of the subscription is out of its range, or the handler cannot
    /// run in the mode it asks for.</exception>
    public static DeliverySettings From(BusSubscriptionOptions own, EventBusOptions bus, HandlerKind kind, HandlerPipeline? busRetry)
    {
        Check(own);
        HandlerPipeline? retry = own.Retry is null && own.Pipeline is null
            ? busRetry
            : HandlerPipeline.OrNone(own.Retry ?? bus.Retry, own.Pipeline, bus.TimeProvider);
        // A pipeline may wait, and a publisher does not.
        bool isPipelined = own.Pipeline is not null && kind == HandlerKind.Sync;
        if (isPipelined)
            kind = HandlerKind.Async;
        BatchOptions batch = own.BatchSize is null && own.BatchMaxWait is null ? bus.Batch : Override(bus.Batch, own);
        int concurrency = own.MaxConcurrency ?? bus.Async.MaxConcurrency;
        return new DeliverySettings(
            ModeOf(own.Mode, bus.DefaultMode, kind, isPipelined),
            own.QueueCapacity ?? bus.Async.QueueCapacity,
            own.OverflowPolicy ?? bus.Async.OverflowPolicy,
            Math.Min(concurrency, OptionRanges.MostConcurrent),
            batch,
            retry)
        {
            MayBeSync = kind == HandlerKind.Sync,
            KeyedQueues = concurrency == BusSubscriptionOptions.Unlimited ? OptionRanges.UnlimitedKeyedQueues : concurrency,
        };
    }

    private static ProcessingMode ModeOf(ProcessingMode? asked, ProcessingMode byDefault, HandlerKind kind, bool isPipelined)
    {
        Require(
            asked is not { } mode || CanRun(kind, mode, isPipelined), nameof(BusSubscriptionOptions.Mode), asked,
            kind == HandlerKind.Batch
                ? "A handler of batches runs in Batch mode only."
                : isPipelined ? "A handler with a pipeline runs in Async or Batch mode, because publishing does not wait for it."
                : "An asynchronous handler runs in Async, Batch or Adaptive mode, because publishing does not wait for it.");
        if (asked is not null || CanRun(kind, byDefault, isPipelined))
            return asked ?? byDefault;
        return kind == HandlerKind.Batch ? ProcessingMode.Batch : ProcessingMode.Async;
    }

    private static bool CanRun(HandlerKind kind, ProcessingMode mode, bool isPipelined) => kind switch
    {
        HandlerKind.Batch => mode == ProcessingMode.Batch,
        HandlerKind.Async => mode != ProcessingMode.Sync && (mode != ProcessingMode.Adaptive || !isPipelined),
        _ => true,
    };

    private static BatchOptions Override(BatchOptions bus, BusSubscriptionOptions own)
    {
        int size = own.BatchSize ?? bus.Size;
        return new BatchOptions
        {
            Size = size,
            MinSize = Math.Min(bus.MinSize, size),
            MaxSize = Math.Max(bus.MaxSize, size),
            MaxWait = own.BatchMaxWait ?? bus.MaxWait,
            IsAdaptive = bus.IsAdaptive,
            TargetLatency = bus.TargetLatency,
            TargetEventsPerSecond = bus.TargetEventsPerSecond,
            LearningRate = bus.LearningRate,
            Strategy = bus.Strategy,
        };
    }

    private static void Check(BusSubscriptionOptions own)
    {
        BusSubscriptionOptions.Ranges.Check(own);
        CheckDefined(own.Mode, nameof(own.Mode), "The mode must be Sync, Async, Batch or Adaptive.");
        CheckDefined(own.OverflowPolicy, nameof(own.OverflowPolicy), "The overflow policy must be Wait, DropIncoming, DropOldest or Fail.");
        CheckDefined<DispatchPriority>(
            own.DispatchPriority, nameof(own.DispatchPriority), "The dispatch priority must be High, Normal or Low.");
    }

    private static void CheckDefined<TEnum>(TEnum? value, string name, string rule)
        where TEnum : struct, Enum =>
        Require(value is not { } given || Enum.IsDefined(given), name, value, rule);

    private static void Require(bool isMet, string name, object? value, string rule)
    {
        if (!isMet)
            throw new ArgumentOutOfRangeException(name, value, rule);
    }
}
