using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Engine.Bus.Calls;
using Engine.Bus.Queues;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions.Filters;

namespace Engine.Bus;

/// <summary>
/// The subscriptions of one event type. Publishers read the array of handlers with one load; a change replaces it.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class TopicRuntime<T>(BusCore core, EventDescriptor descriptor) : TopicRuntime(core, descriptor)
    where T : IEvent<T>
{
    /// <summary>The event type's number: its place among the topics of every bus.</summary>
    public static readonly int Index = EventTypeIndex.Of<T>.Value;

    private readonly QueuedEventPool<T> _pool = new(core.PoolSize);
    private readonly ThreadCounter _published = new();
    private readonly List<(SubscriptionCore Subscription, ThreadCounter Count)> _directCounts = [];
    private long _settled;
    private TopicEntry<T>[] _entries = [];
    private EntriesByName<T>? _byName;
    private DirectCall<T>? _direct;

    public override long PublishedCount => _published.Value + _settled + _directCounts.Sum(static direct => direct.Count.Value);

    public override int SubscriptionCount => Volatile.Read(ref _entries).Length;

    public override PoolStatistics EventPool => _pool.Statistics;

    /// <summary>Adds a subscription. Under the bus's lock.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="handler">Its handler.</param>
    /// <param name="filter">Which events it gets, with what its options say of events of any type; null for all.</param>
    /// <param name="orderingKey">Which events must stay in order; null if that is not said.</param>
    public void Add(
        SubscriptionCore subscription, BoundHandler<T> handler, EventFilter<T>? filter, OrderingKeySelector<T>? orderingKey) =>
        Add(subscription, filter, new QueueIntake<T>(subscription, _pool, handler, orderingKey));

    private void Add(SubscriptionCore subscription, EventFilter<T>? filter, QueueIntake<T> intake)
    {
        // Stable: equal priorities keep the order of subscription.
        Replace([
            .. _entries
                .Append(EntryOf(subscription, intake, filter))
                .OrderByDescending(static entry => entry.Subscription.Options.Priority),
        ]);
    }

    public override void AddMatching(SubscriptionCore subscription, AnyForm handler)
    {
        if (subscription.Pattern.Matches(Descriptor.Name))
        {
            EventFilter<T>? filter = subscription.Options.AnyFilter is { } any ? LateFilter<T>.Make(any) : null;
            Add(subscription, filter, new QueueIntake<T>(subscription, _pool, handler.For<T>(), orderingKey: null));
        }
    }

    public override void Rebind(SubscriptionCore subscription) => Replace(
        [.. _entries.Select(entry => entry.Subscription == subscription ? EntryOf(subscription, entry.Intake, entry.Filter) : entry)]);

    public override void Remove(SubscriptionCore subscription)
    {
        if (_entries.Any(entry => entry.Subscription == subscription))
            Replace([.. _entries.Where(entry => entry.Subscription != subscription)]);
    }

    public override void Settle(SubscriptionCore subscription)
    {
        int index = _directCounts.FindIndex(direct => direct.Subscription == subscription);
        if (index < 0)
            return;
        _settled += _directCounts[index].Count.Value;
        _directCounts.RemoveAt(index);
    }

    public override void RefusePublishers() => Volatile.Write(ref _direct, null);

    /// <summary>
    /// Publishes an event. Where there is one handler to call and the thread is in no other, by the shortest way: no table, no
    /// parent, and one count for topic and subscription.
    /// </summary>
    public PublishOutcome Publish(in T @event)
    {
        // Nothing where the type is a struct.
        ThrowIfNull(@event);
        BusThread thread = BusThread.Current;
        DirectCall<T>? direct = Volatile.Read(ref _direct);
        if (direct is null || !thread.TryEnterOutermost(direct.Number))
            return PublishByTable(@event);
        // After the scope is entered: who ends the subscription or stops the bus replaces the call first, and then looks for those inside.
        if (Volatile.Read(ref _direct) != direct)
        {
            thread.LeaveOutermost();
            return PublishByTable(@event);
        }

        thread.Outermost.BeginOutermost(this);
        if (direct.CountCall(thread.Cells))
        {
            direct.CallTimed(@event, thread.Outermost);
            return thread.LeaveOutermost();
        }

        try
        {
            direct.Handler(@event, thread.Outermost);
        }
        catch (Exception exception)
        {
            direct.Subscription.ReportError(thread.Outermost, exception);
        }

        return thread.LeaveOutermost();
    }

    /// <summary>Publishes an event whose ids the publisher gives, and which may wait for room without a thread.</summary>
    public PublishOutcome Publish(in T @event, in EventIds ids, RoomWaits? waits)
    {
        ThrowIfNull(@event);
        TopicEntry<T>[] entries = Volatile.Read(ref _entries);
        if (entries.Length > 0)
            CheckLoops(ids);
        return Publish(entries, @event, new GivenIds(ids, waits));
    }

    /// <summary>As <see cref="Publish(in T, in EventIds, RoomWaits?)"/>, and waits for room without a thread.</summary>
    public ValueTask<PublishOutcome> PublishAsync(in T @event, in EventIds ids, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<PublishOutcome>(cancellationToken);
        ThrowIfNull(@event);
        RoomWaits waits = RoomWaits.Rent();
        PublishOutcome outcome = Publish(@event, ids, waits);
        if (!waits.IsEmpty)
            return waits.CompleteAsync(outcome, cancellationToken);
        waits.Return();
        return new ValueTask<PublishOutcome>(outcome);
    }

    /// <summary>Publishes an event that comes from an engine.</summary>
    public PublishOutcome Publish(in T @event, in Envelope origin) => Publish(Volatile.Read(ref _entries), @event, new GivenOrigin(origin));

    /// <summary>Publishes an event that stands for one of another type that is being handled.</summary>
    public PublishOutcome PublishInPlaceOf(in T @event, EventContext original) =>
        Publish(Volatile.Read(ref _entries), @event, new InPlaceOf(original));

    /// <summary>Whether the subscription takes events of this type.</summary>
    public bool Has(SubscriptionCore subscription) =>
        Array.Exists(Volatile.Read(ref _entries), entry => entry.Subscription == subscription);

    /// <summary>
    /// Delivers an event to one subscription only: by the same entry as publishers, and so with its filter, queue and retries.
    /// </summary>
    public PublishOutcome Deliver(SubscriptionCore subscription, in T @event, in EventIds ids, int attempt)
    {
        ThrowIfNull(@event);
        TopicEntry<T>[] only = Array.FindAll(Volatile.Read(ref _entries), entry => entry.Subscription == subscription);
        if (only.Length > 0)
            CheckLoops(ids);
        return Publish(only, @event, new GivenToOne(ids, attempt));
    }

    // A method of its own, so that the short way keeps no variables for it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private PublishOutcome PublishByTable(in T @event) => Publish(Volatile.Read(ref _entries), @event, default(NothingGiven));

    private PublishOutcome Publish<TGiven>(TopicEntry<T>[] entries, in T @event, in TGiven given)
        where TGiven : struct, IGiven
    {
        BusThread thread = BusThread.Current;
        EventContext? parent = thread.Innermost;
        if (entries.Length == 0)
            return TGiven.IsFurtherEvent && Refuses(parent) ? PublishOutcome.Stopped : PublishOutcome.NotSubscribed;
        if (TGiven.IsFurtherEvent && parent is not null)
            LoopGuard.CheckDepth(parent, Descriptor, Core);
        if (TGiven.IsPublish && Volatile.Read(ref _byName) is { } byName && (entries = byName.For(@event)).Length == 0)
            return TGiven.IsFurtherEvent && Refuses(parent) ? PublishOutcome.Stopped : CountUnhandled(thread);
        // May throw where handlers are nested too deeply, so before anything is taken.
        ref long inside = ref thread.Scope.Enter(entries[0].Number, this);
        // After the scope is entered: the one who stops the bus looks for publishers that did not see it stopping.
        if (TGiven.IsFurtherEvent && Refuses(parent))
        {
            thread.Scope.Exit();
            return PublishOutcome.Stopped;
        }

        EventContext context = thread.Push();
        context.Begin(this, parent);
        given.GiveTo(context);
        if (TGiven.IsPublish)
            _published.Increment(thread.Cells);
        int next = 0;
        do
        {
            try
            {
                // Not "next" itself: a variable that outlives the catch is kept in memory.
                for (int i = next; i < entries.Length; i++)
                {
                    ref readonly TopicEntry<T> entry = ref entries[i];
                    Volatile.Write(ref inside, entry.Number);
                    if (entry.TryCountPlainCall(thread.Cells) || IsLeftToCall(entry, @event, context, thread.Cells))
                        entry.Handler(@event, context);
                }

                break;
            }
            catch (Exception exception)
            {
                next = ReportError(entries, inside, context, exception) + 1;
            }
        }
        while (next < entries.Length);
        thread.Pop();
        thread.Scope.Exit();
        given.TakeFrom(context);
        return context.Outcome;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ThrowIfNull(in T @event)
    {
        if (@event is null)
            ThrowNull();
    }

    [DoesNotReturn]
    private void ThrowNull() => throw new ArgumentNullException(
        "event", $"An event of type {Descriptor.Name} must not be null: a null says nothing to its handlers.");

    private PublishOutcome CountUnhandled(BusThread thread)
    {
        _published.Increment(thread.Cells);
        return PublishOutcome.Published;
    }

    private void CheckLoops(in EventIds ids)
    {
        LoopGuard.CheckDepth(ids.Depth, Descriptor, Core);
        LoopGuard.CheckReentry(BusThread.Current.Innermost, Descriptor, ids.Id);
    }

    private bool Refuses(EventContext? publisher) => Core.RefusesPublishers && !Core.TakesFrom(publisher);

    private void Replace(TopicEntry<T>[] entries)
    {
        Volatile.Write(ref _byName, EntriesByName<T>.From(entries));
        Volatile.Write(ref _entries, entries);
        Volatile.Write(
            ref _direct,
            entries is [{ Filter: null, Delivered: not null } only] && !Core.RefusesPublishers
                ? new DirectCall<T>(only.Number, only.Subscription, only.Handler, DirectCountOf(only.Subscription))
                : null);
    }

    private ThreadCounter DirectCountOf(SubscriptionCore subscription)
    {
        foreach ((SubscriptionCore known, ThreadCounter count) in _directCounts)
        {
            if (known == subscription)
                return count;
        }

        ThreadCounter added = subscription.AddDirectCount();
        _directCounts.Add((subscription, added));
        return added;
    }

    /// <returns>The index of the handler that failed.</returns>
    private static int ReportError(TopicEntry<T>[] entries, long number, EventContext context, Exception exception)
    {
        int failed = Array.FindIndex(entries, entry => entry.Number == number);
        entries[failed].Subscription.ReportError(context, exception);
        return failed;
    }

    /// <summary>
    /// Decides what the short look did not: an ended subscription, a filter, a queue that counts itself, a call to be timed, which is
    /// made here.
    /// </summary>
    /// <returns>Whether the handler is still to be called.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsLeftToCall(in TopicEntry<T> entry, in T @event, EventContext context, ThreadCells thread)
    {
        if (!entry.Subscription.IsActive || (entry.Filter is not null && !Passes(entry, @event, context)))
            return false;
        if (entry.TryCountCall(thread))
            return true;
        if (entry.Delivered is not { } count || (count.Increment(thread) & entry.Subscription.CallMask) != 0)
            return true;
        TimedCall.Run(entry.Subscription, entry.Handler, @event, context);
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Passes(in TopicEntry<T> entry, in T @event, EventContext context)
    {
        Envelope envelope = context.ToEnvelope();
        FilterVerdict verdict = entry.Filter!.EvaluateBatch(envelope);
        return verdict == FilterVerdict.All || (verdict == FilterVerdict.PerEvent && entry.Filter.Matches(@event, envelope));
    }

    private static TopicEntry<T> EntryOf(SubscriptionCore subscription, QueueIntake<T> intake, EventFilter<T>? filter) => new(
        subscription.HandlerNumber,
        subscription,
        subscription.Queue is null ? intake.Direct! : intake.Deliver,
        filter,
        subscription.Queue is null ? subscription.CalledByPublishers : null,
        intake);
}
