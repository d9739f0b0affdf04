using Engine.Primitives;

namespace Engine.Bus.Queues;

/// <summary>What delivery knows of one subscription. Thread-safe.</summary>
internal sealed class SubscriptionCore
{
    private readonly bool _isKeyed;
    private readonly IRunnerSource _runners;
    // The first calls on publishers' threads are timed, so that a rare one is known too, and later one of so many on each thread.
    private const int FirstSampleCount = 16;
    private const long SampleMask = 255;
    // No number of a call has the sign's bit, so all of them are looked at more closely.
    private const long CancelledMask = long.MinValue;

    private long _callMask;
    private int _sampleCount;
    private DurationHistogram? _callTimes;
    private long _errors;
    private ThreadCounter[] _directCounts = [];

    public SubscriptionCore(
        BusCore bus, long id, EventNamePattern pattern, BusSubscriptionOptions options,
        IRunnerSource runners, DeliverySettings settings, bool isKeyed)
    {
        Bus = bus;
        Id = id;
        HandlerNumber = Subscriptions.HandlerNumber.Of(bus.HandlerOwner, id);
        Pattern = pattern;
        Options = options;
        _runners = runners;
        _callMask = bus.TimesCalls ? 0 : long.MaxValue;
        Name = options.Name ?? $"subscription-{id}";
        _isKeyed = isKeyed;
        if (NeedsQueue(settings))
            Queue = new SubscriptionQueue(this, runners, settings, isKeyed);
    }

    public BusCore Bus { get; }

    /// <summary>Number within the bus, from 1.</summary>
    public long Id { get; }

    public string Name { get; }

    /// <summary>Which event names it takes.</summary>
    public EventNamePattern Pattern { get; }

    /// <summary>What a thread writes into its handler scope while it is inside the handler.</summary>
    public long HandlerNumber { get; }

    public BusSubscriptionOptions Options { get; }

    public HandlerKind Kind => _runners.Kind;

    public DispatchPriority DispatchPriority => Options.DispatchPriority;

    /// <summary>What stands between publishers and the handler; null while publishers call it directly.</summary>
    public SubscriptionQueue? Queue { get; private set; }

    /// <summary>Counts events that publishers handed to the handler themselves, but for those that a direct count counts.</summary>
    public ThreadCounter CalledByPublishers { get; } = new();

    /// <summary>Events that publishers handed to the handler themselves.</summary>
    public long CalledByPublishersCount => CalledByPublishers.Value + Volatile.Read(ref _directCounts).Sum(static count => count.Value);

    /// <summary>
    /// Which calls that publishers make directly are timed: those whose number on the thread has none of these bits. All bits where
    /// nothing is measured. None of the calls' bits where the subscription has ended, so that one look tells both.
    /// </summary>
    public long CallMask => Volatile.Read(ref _callMask);

    /// <summary>How long such calls took; null if none was timed.</summary>
    public DurationDistribution? CallTimes => Volatile.Read(ref _callTimes) is { } times ? DurationDistribution.Of([times]) : null;

    /// <summary>Whether there is a direct count.</summary>
    public bool HasDirectCounts => Volatile.Read(ref _directCounts).Length > 0;

    /// <summary>Whether the handler can still be called.</summary>
    public bool IsActive => CallMask != CancelledMask;

    /// <summary>Events on which the handler failed for good, and times its filter threw.</summary>
    public long ErrorCount => Volatile.Read(ref _errors);

    /// <summary>
    /// A counter of events handed to the handler that are counted for an event type at the same time. Under the bus's lock.
    /// </summary>
    public ThreadCounter AddDirectCount()
    {
        var count = new ThreadCounter();
        Volatile.Write(ref _directCounts, [.. _directCounts, count]);
        return count;
    }

    public void MarkCancelled() => Volatile.Write(ref _callMask, CancelledMask);

    /// <summary>Puts settings into force. Under the bus's lock.</summary>
    /// <returns>Whether publishers have to take another way from now on.</returns>
    public bool Apply(DeliverySettings settings)
    {
        if (Queue is { } queue)
        {
            queue.Apply(settings);
            return false;
        }

        if (!NeedsQueue(settings))
            return false;
        Queue = new SubscriptionQueue(this, _runners, settings, _isKeyed);
        return true;
    }

    /// <summary>Takes the duration of a call that a publisher made directly, in timestamps of the bus's clock.</summary>
    public void RecordCall(long ticks)
    {
        DurationHistogram times = Volatile.Read(ref _callTimes)
            ?? Interlocked.CompareExchange(ref _callTimes, new DurationHistogram(), null) ?? _callTimes!;
        times.RecordShared(Bus.ToNanoseconds(ticks));
        if (CallMask == 0 && Interlocked.Increment(ref _sampleCount) >= FirstSampleCount)
            Interlocked.CompareExchange(ref _callMask, SampleMask, 0);
    }

    public void ReportError(EventContext context, Exception exception)
    {
        Interlocked.Increment(ref _errors);
        Bus.ReportError(new BusHandlerError(Id, Name, context.EventType, context.Id, exception));
    }

    /// <summary>The name and the pattern.</summary>
    public override string ToString() => $"\"{Name}\" ({Pattern})";

    private static bool NeedsQueue(DeliverySettings settings) => settings.Mode != ProcessingMode.Sync || settings.Retry is not null;
}
