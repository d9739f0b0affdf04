using System.Diagnostics;
using Engine.Events;
using Engine.Publish;
using Engine.Ring;

namespace Engine.Order;

/// <summary>
/// A subscription to event types of several producers, in one order, with a thread of its own that calls the handlers. Publishing
/// copies the events and does not wait, unless the producer has filled its places because others are behind. All members are
/// thread-safe.
/// </summary>
[DebuggerDisplay("{Name,nq}: {Statistics}")]
public sealed class MergedSubscription : IDisposable
{
    // Progress is reported without a signal. With nothing to deliver it only moves the watermark.
    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LookAroundWhenEmpty = TimeSpan.FromMilliseconds(10);

    private readonly EventMerge _merge;
    private readonly MergeIntake[] _intakes;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal MergedSubscription(IRegistries registries, IReadOnlyList<MergeSource> sources, MergeOptions options)
    {
        Producers = options.Producers;
        _intakes = [.. sources.Select(source => source.Bind(registries, this))];
        EventTypes = [.. _intakes.Select(static intake => intake.EventType)];
        // By producer, then type: so events of one time come.
        _merge = new EventMerge(merge => options.Producers.SelectMany((producer, producerIndex) => _intakes.Select(
            (intake, type) => intake.CreateInput(
                merge, (producerIndex * _intakes.Length) + type, producerIndex, producer.State, options.Capacity))));
        _thread = new Thread(Run) { IsBackground = true };
        _intakes[0].Begin(options.Name);
        Name = _intakes[0].Subscription.Name;
        foreach (MergeIntake intake in _intakes.Skip(1))
            intake.Begin(Name);
        _thread.Name = $"merge {Name}";
        _thread.Start();
    }

    /// <summary>Name for statistics and error reports.</summary>
    public string Name { get; }

    /// <summary>The event types subscribed to, in the order in which they come at one virtual time of one producer.</summary>
    public IReadOnlyList<EventDescriptor> EventTypes { get; }

    /// <summary>The counts, of all event types.</summary>
    public MergeStatistics Statistics => new(
        _intakes.Sum(static intake => intake.Output.Delivered), _merge.Buffered, _merge.Inputs.Sum(static i => i.Refused),
        _merge.Inputs.Sum(static i => i.OutOfOrder), _intakes.Sum(static intake => intake.Output.Errors), _merge.Watermark);

    /// <summary>All events before this virtual time have been delivered.</summary>
    public long Watermark => _merge.Watermark;

    internal IReadOnlyList<EventProducer> Producers { get; }

    /// <summary>Whether the handlers have been left for good.</summary>
    internal bool HasEnded => _ended.Task.IsCompleted;

    /// <summary>Whether it takes the events of a producer.</summary>
    internal bool Takes(EventProducer producer) => Producers.Contains(producer);

    /// <summary>How many events of each type wait.</summary>
    internal IEnumerable<(string EventType, long Count)> Waiting => _intakes.Select(intake => (
        intake.EventType.Name, _merge.Inputs.Where(input => input.Output == intake.Output).Sum(static input => input.Tail - input.Head)));

    /// <summary>
    /// Ends the subscription with nothing left: what has been published is delivered, as if no producer had more to come. To be called
    /// when the producers rest. Completes when the handlers have been left for good.
    /// </summary>
    public Task CompleteAsync()
    {
        // A producer that waits for room has its events taken before the intake can be left.
        _merge.Complete();
        foreach (MergeIntake intake in _intakes)
            intake.Subscription.Dispose();
        _merge.Finish();
        return _ended.Task;
    }

    /// <summary>
    /// Ends the subscription as it is: what waits is not delivered. When this returns on another thread than the handlers', no handler is
    /// running and none is ever called again. Does nothing the second time.
    /// </summary>
    public void Dispose()
    {
        _merge.End();
        foreach (MergeIntake intake in _intakes)
            intake.Subscription.Dispose();
        if (Environment.CurrentManagedThreadId != _thread.ManagedThreadId)
            _ended.Task.GetAwaiter().GetResult();
    }

    private void Run()
    {
        var pace = new MergePace();
        while (!_merge.HasEnded)
        {
            // Read before the look: what was taken in before is then seen by it.
            bool isLast = _merge.IsFinishing;
            long delivered = _merge.Pump();
            if (isLast && delivered == 0)
                break;
            if (pace.Wait(_merge.Arrived, delivered, _merge.IsFilling))
                _merge.Work.Park(new NewsCheck(_merge), _merge.Buffered > 0 ? LookAround : LookAroundWhenEmpty);
        }

        _merge.End();
        _ended.SetResult();
    }

    private readonly struct NewsCheck(EventMerge merge) : IProgressCheck
    {
        public bool HasProgress() => merge.HasNews;
    }
}
