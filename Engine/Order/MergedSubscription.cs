using System.Diagnostics;
using Engine.Events;
using Engine.Publish;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Order;

/// <summary>
/// A subscription to one event type of several producers, in one order, with a thread of its own that calls the handler. Publishing
/// copies the events and does not wait, unless the producer has filled its places because others are behind. All members are
/// thread-safe.
/// </summary>
[DebuggerDisplay("{Name,nq} ({EventType.Name,nq}): {Statistics}")]
public abstract class MergedSubscription : IDisposable
{
    private protected MergedSubscription()
    {
    }

    /// <summary>Name for statistics and error reports.</summary>
    public abstract string Name { get; }

    /// <summary>The event type subscribed to.</summary>
    public abstract EventDescriptor EventType { get; }

    /// <summary>The counts.</summary>
    public abstract MergeStatistics Statistics { get; }

    /// <summary>All events before this virtual time have been delivered.</summary>
    public abstract long Watermark { get; }

    /// <summary>Whether the handler has been left for good.</summary>
    internal abstract bool HasEnded { get; }

    /// <summary>Whether it takes the events of a producer.</summary>
    internal abstract bool Takes(EventProducer producer);

    /// <summary>
    /// Ends the subscription with nothing left: what has been published is delivered, as if no producer had more to come. To be called
    /// when the producers rest. Completes when the handler has been left for good.
    /// </summary>
    public abstract Task CompleteAsync();

    /// <summary>
    /// Ends the subscription as it is: what waits is not delivered. When this returns on another thread than the handler's, the handler is
    /// not running and is never called again. Does nothing the second time.
    /// </summary>
    public abstract void Dispose();
}

/// <summary>A merging subscription to a known event type.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class MergedSubscription<T> : MergedSubscription
    where T : unmanaged, IEvent<T>
{
    // Progress is reported without a signal. With nothing to deliver it only moves the watermark.
    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LookAroundWhenEmpty = TimeSpan.FromMilliseconds(10);

    private readonly SubscriptionRegistry<T> _registry;
    private readonly MergeOptions<T> _options;
    private readonly Action<ReadOnlySpan<MergedEvent<T>>, long> _handler;
    private readonly EventMerge<T> _merge;
    private readonly Dictionary<int, MergeInput<T>> _inputs;
    private readonly Subscription _intake;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _delivered;
    private long _errors;

    public MergedSubscription(SubscriptionRegistry<T> registry, Action<ReadOnlySpan<MergedEvent<T>>, long> handler, MergeOptions<T> options)
    {
        _registry = registry;
        _handler = handler;
        _options = options;
        _merge = new EventMerge<T>([.. options.Producers.Select(static p => p.State)], options.Capacity, options.Duration);
        _inputs = _merge.Inputs.ToDictionary(static input => input.Producer.Info.Id);
        _thread = new Thread(Run) { IsBackground = true };
        _intake = registry.AddBatchHandler(
            new Intake(this), new SubscriptionOptions<T> { Name = options.Name, Delivery = Delivery.Inline, TakesRuns = true });
        _thread.Name = $"merge {_intake.Name}";
        _thread.Start();
    }

    public override string Name => _intake.Name;

    public override EventDescriptor EventType => _registry.Descriptor;

    public override long Watermark => _merge.Watermark;

    public override MergeStatistics Statistics => new(
        Volatile.Read(ref _delivered), _merge.Buffered, _merge.Inputs.Sum(static i => i.Refused),
        _merge.Inputs.Sum(static i => i.OutOfOrder), Volatile.Read(ref _errors), _merge.Watermark);

    internal override bool HasEnded => _ended.Task.IsCompleted;

    internal override bool Takes(EventProducer producer) => _options.Producers.Contains(producer);

    public override Task CompleteAsync()
    {
        // A producer that waits for room has its events taken before the intake can be left.
        _merge.Complete();
        _intake.Dispose();
        _merge.Finish();
        return _ended.Task;
    }

    public override void Dispose()
    {
        _merge.End();
        _intake.Dispose();
        if (Environment.CurrentManagedThreadId != _thread.ManagedThreadId)
            _ended.Task.GetAwaiter().GetResult();
    }

    private void Run()
    {
        while (!_merge.HasEnded)
        {
            // Read before the look: what was taken in before is then seen by it.
            bool isLast = _merge.IsFinishing;
            if (_merge.Pump(Deliver) > 0)
                continue;
            if (isLast)
                break;
            _merge.Work.Park(new NewsCheck(_merge), _merge.Buffered > 0 ? LookAround : LookAroundWhenEmpty);
        }

        _merge.End();
        _ended.SetResult();
    }

    private void Deliver(ReadOnlySpan<MergedEvent<T>> events, long watermark)
    {
        if (_merge.HasEnded)
            return;
        Volatile.Write(ref _delivered, _delivered + events.Length);
        try
        {
            _handler(events, watermark);
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _errors, _errors + 1);
            _registry.ReportError(new HandlerError(
                _intake.Id, Name, EventType, _options.Producers[events[0].Producer].Info, events[0].Sequence, events[^1].Sequence,
                exception));
        }
    }

    private readonly struct NewsCheck(EventMerge<T> merge) : IProgressCheck
    {
        public bool HasProgress() => merge.HasNews;
    }

    /// <summary>What producers call.</summary>
    private readonly struct Intake(MergedSubscription<T> owner) : IBatchHandler<T>
    {
        public void Handle(ReadOnlySpan<T> events, in Envelope envelope)
        {
            if (owner._inputs.TryGetValue(envelope.Producer.Id, out MergeInput<T>? input))
                input.Offer(events, envelope);
        }
    }
}
