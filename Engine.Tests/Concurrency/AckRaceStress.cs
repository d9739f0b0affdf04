using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// A consumer settles messages while the timer ends their leases: one of the two wins each of a million races, and the
/// other one changes nothing. Each lease ends by a tick of its own, so each is a race of its own. In the first round and in the last
/// one of the two comes before the other, so that both have won.
/// </summary>
[Category("Stress")]
public class AckRaceStress
{
    private const int Races = 1_000_000;
    private const int PerRound = 2_000;
    private const int LastRound = (Races / PerRound) - 1;

    [Test]
    public void Exactly_one_of_ack_and_expiry_settles_each_delivery()
    {
        var time = new TickTime();
        var bus = new EventBus();
        MessageSubscription subscription = bus.SubscribeMessages<Number>(new()
        {
            TimeProvider = time,
            OutputBuffer = PerRound,
            Capacity = PerRound,
            Retry = new() { MaxAttempts = Engine.Bus.RetryOptions.Unlimited },
        });
        var messages = new EventMessage[PerRound];
        var outcomes = new SettlementOutcome[PerRound];
        var start = new Barrier(2);
        long won = 0;
        RunningThreads threads = Threads.Start(
            () =>
            {
                for (int round = 0; round < Races / PerRound; round++)
                {
                    Hand(bus, subscription, messages);
                    start.SignalAndWait();
                    if (round == LastRound)
                        start.SignalAndWait();
                    // Both directions: with the leases, many close races; against them, one in the middle.
                    for (int i = 0; i < PerRound; i++)
                    {
                        int index = round % 2 == 0 ? i : PerRound - 1 - i;
                        outcomes[index] = messages[index].Ack();
                    }

                    if (round == 0)
                        start.SignalAndWait();
                    start.SignalAndWait();
                    won += Check(subscription, outcomes);
                }
            },
            () =>
            {
                for (int round = 0; round < Races / PerRound; round++)
                {
                    start.SignalAndWait();
                    if (round == 0)
                        start.SignalAndWait();
                    for (int i = 0; i < PerRound; i++)
                        time.Tick();
                    if (round == LastRound)
                        start.SignalAndWait();
                    start.SignalAndWait();
                }
            });
        threads.Join();

        MessageSubscriptionStatistics end = subscription.GetStatistics();
        Assert.That(
            (end.Accepted, end.Acked, end.InFlight, end.Waiting, end.IsBalanced), Is.EqualTo(((long)Races, (long)Races, 0L, 0L, true)));
        Assert.That(end.Expired, Is.EqualTo(Races - won), "each race that the ack lost, and no other, was an expiry");
        Assert.That(end.Delivered, Is.EqualTo(Races + end.Expired));
        Assert.That(end.Checkpoint, Is.EqualTo(Races));
        Assert.That(won, Is.InRange(PerRound, Races - PerRound), "both sides have won the round in which they came first");
    }

    private static void Hand(EventBus bus, MessageSubscription subscription, EventMessage[] messages)
    {
        for (int i = 0; i < messages.Length; i++)
        {
            bus.Publish(new Number(i));
            Assert.That(subscription.TryTake(out messages[i]), Is.True);
            messages[i].Extend(TimeSpan.FromTicks(i + 1));
        }
    }

    /// <summary>Acknowledges what came back; returns how many acks had won.</summary>
    private static int Check(MessageSubscription subscription, SettlementOutcome[] outcomes)
    {
        int won = outcomes.Count(static outcome => outcome == SettlementOutcome.Settled);
        int lost = outcomes.Count(static outcome => outcome == SettlementOutcome.Stale);
        Assert.That(won + lost, Is.EqualTo(PerRound));
        while (subscription.TryTake(out EventMessage message))
        {
            lost--;
            Assert.That((message.Attempt, message.TryGet(out Number number) ? outcomes[number.Value] : default),
                Is.EqualTo((2, SettlementOutcome.Stale)));
            message.Ack();
        }

        Assert.That(lost, Is.Zero, "each stale ack is a redelivery");
        return won;
    }

    /// <summary>A clock of single ticks, whose only timer fires at each of them.</summary>
    private sealed class TickTime : TimeProvider
    {
        private long _now;
        private Action? _fire;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return new Timer();
        }

        public void Tick()
        {
            Interlocked.Increment(ref _now);
            _fire!();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
