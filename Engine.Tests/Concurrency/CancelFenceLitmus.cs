using System.Diagnostics;
using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// The one dangerous moment of unsubscribing, over and over: a dispatcher enters a handler and looks whether the
/// subscription is cancelled while another thread cancels and looks who is inside. At least one must see the other.
/// Checked by removing <c>Interlocked.MemoryBarrierProcessWide</c> from <see cref="HandlerScope.WaitUntilLeft(long)"/>:
/// on a two-core x64 machine six of eight runs then failed within two seconds, with 1 to 411 violations.
/// <see cref="SubscriberChurnStress"/> does not notice the removal.
/// </summary>
public class CancelFenceLitmus
{
    [Test]
    public void A_handler_is_never_inside_when_the_cancel_has_returned() =>
        Assert.That(CountViolations(rounds: 400_000, Litmus.Effort), Is.Zero);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak() => Assert.That(CountViolations(rounds: 20_000_000, TimeSpan.MaxValue), Is.Zero);

    private static long CountViolations(long rounds, TimeSpan effort)
    {
        long begun = Stopwatch.GetTimestamp();
        var registry = new SubscriptionRegistry<Number>(Number.Descriptor, new SubscriptionContext("engine", null));
        var round = new Rounds();
        var handler = new Handler(round);
        Threads.Run(
            () =>
            {
                HandlerScope scope = HandlerScope.Current;
                var envelope = new Envelope(Number.Descriptor, new ProducerInfo(1, "p"), 0, 0, 0, 0, isInline: false);
                for (long i = 1; round.WaitForStart(i) is { } subscription; i++)
                {
                    // With the flag in this core's cache the look at it can overtake the entry.
                    GC.KeepAlive(subscription.IsActive);
                    Thread.SpinWait((int)(i % 11));
                    round.Write(i);
                    subscription.Deliver([new Number(i)], envelope, scope);
                    round.Finish(i);
                }
            },
            () =>
            {
                // Without the table, whose change takes so long that it would hide the moment.
                long i = 1;
                for (; i <= rounds && Stopwatch.GetElapsedTime(begun) < effort; i++)
                {
                    var subscription = new EventSubscription<Number, Handler>(registry, i, SubscriptionOptions<Number>.Default, handler);
                    round.Write(i);
                    round.Start(i, subscription);
                    Thread.SpinWait((int)(i / 11 % 13));
                    subscription.Cancel();
                    HandlerScope.WaitUntilLeft(subscription.HandlerNumber);
                    round.IsCancelled = true;
                    round.WaitForRunner(i);
                }

                round.Start(i, subscription: null);
            });
        return handler.Violations;
    }

    private sealed class Handler(Rounds round) : IEventHandler<Number>
    {
        public long Violations { get; private set; }

        public void Handle(in Number @event, in Envelope envelope)
        {
            bool isViolated = round.IsCancelled;
            for (int i = 0; i < 20 && !isViolated; i++)
            {
                Thread.SpinWait(1);
                isViolated = round.IsCancelled;
            }

            if (isViolated)
                Violations++;
        }
    }

    private sealed class Rounds
    {
        private readonly long[] _contended = new long[24 * CacheLine.Size / sizeof(long)];
        private PaddedInt64 _started;
        private PaddedInt64 _finished;
        private PaddedInt32 _isCancelled;
        private Subscription<Number>? _subscription;

        public bool IsCancelled
        {
            get => Volatile.Read(ref _isCancelled.Value) != 0;
            set => Volatile.Write(ref _isCancelled.Value, value ? 1 : 0);
        }

        /// <param name="round">Its number.</param>
        /// <param name="subscription">What is cancelled in it; null for the end.</param>
        public void Start(long round, Subscription<Number>? subscription)
        {
            _subscription = subscription;
            IsCancelled = false;
            Volatile.Write(ref _started.Value, round);
        }

        public Subscription<Number>? WaitForStart(long round)
        {
            Litmus.WaitFor(ref _started.Value, round);
            return _subscription;
        }

        /// <summary>Stores to lines that the other core has just written: what is stored next has to wait for them.</summary>
        public void Write(long value)
        {
            for (int i = 0; i < _contended.Length; i += CacheLine.Size / sizeof(long))
                _contended[i] = value;
        }

        public void Finish(long round) => Volatile.Write(ref _finished.Value, round);

        public void WaitForRunner(long round) => Litmus.WaitFor(ref _finished.Value, round);
    }
}
