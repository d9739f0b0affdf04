using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Events;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// Publishers and consumers use a few entries again and again, while others read and settle through handles that are long out of date:
/// none of them ever sees another message's data, or a mixture, or settles anything.
/// </summary>
[Category("Stress")]
public class MessageReuseStress
{
    private const int PerPublisher = 200_000;
    private const long Factor = 0x5851F42D4C957F2D;

    [Test]
    public void Old_handles_show_their_own_message_or_none([Values(OverflowPolicy.Wait, OverflowPolicy.DropOldest)] OverflowPolicy policy)
    {
        var bus = new EventBus();
        MessageSubscription subscription = bus.SubscribeMessages<Sealed>(new()
        {
            Capacity = 8,
            OutputBuffer = 4,
            OverflowPolicy = policy,
            MaxAttempts = int.MaxValue,
        });
        var shelf = new Kept?[64];
        int publishersLeft = 2;
        long wrong = 0;
        long gone = 0;
        long lateSettlements = 0;
        Threads.Run(() => Publish(1), () => Publish(2), Consume, Consume, ReadLate);

        MessageSubscriptionStatistics end = subscription.GetStatistics();
        Assert.That((wrong, lateSettlements), Is.EqualTo((0L, 0L)));
        Assert.That(gone, Is.Positive, "handles must have been out of date");
        Assert.That((end.IsBalanced, end.InFlight, end.Waiting, end.Accepted), Is.EqualTo((true, 0L, 0L, 2L * PerPublisher)));
        Assert.That(end.Checkpoint, Is.EqualTo(end.LastSequence));

        void Publish(int publisher)
        {
            for (int i = 0; i < PerPublisher; i++)
                bus.Publish(new Sealed((publisher * 10_000_000L) + i), new EventIds { CausationId = new Guid(i, 0, 0, new byte[8]) });
            Interlocked.Decrement(ref publishersLeft);
        }

        void Consume()
        {
            var random = new Random(Environment.CurrentManagedThreadId);
            while (Volatile.Read(ref publishersLeft) > 0 || subscription.GetStatistics() is not { Waiting: 0, InFlight: 0 })
            {
                if (!subscription.TryTake(out EventMessage message))
                {
                    Thread.Yield();
                    continue;
                }

                if (!message.TryGet(out Sealed payload) || !payload.IsWhole)
                    Interlocked.Increment(ref wrong);
                bool isSettled = random.Next(16) != 0;
                SettlementOutcome outcome = isSettled ? message.Ack() : message.Nack(TimeSpan.Zero);
                if (outcome != SettlementOutcome.Settled)
                    Interlocked.Increment(ref wrong);
                Volatile.Write(ref shelf[random.Next(shelf.Length)], new Kept(message, payload.Value));
            }
        }

        void ReadLate()
        {
            var random = new Random(1);
            while (Volatile.Read(ref publishersLeft) > 0)
            {
                if (Volatile.Read(ref shelf[random.Next(shelf.Length)]) is not { } kept)
                    continue;
                try
                {
                    bool isRight = kept.Message.TryGet(out Sealed payload) && payload.IsWhole && payload.Value == kept.Value
                        && kept.Message.CausationId == new Guid((int)(kept.Value % 10_000_000), 0, 0, new byte[8]);
                    if (!isRight)
                        Interlocked.Increment(ref wrong);
                }
                catch (InvalidOperationException)
                {
                    gone++;
                }

                if (kept.Message.Ack() is not (SettlementOutcome.AlreadySettled or SettlementOutcome.Stale))
                    lateSettlements++;
            }
        }
    }

    [Test]
    public void A_short_lock_lets_one_thread_in_at_a_time()
    {
        const int PerThread = 200_000;
        var gate = new ShortLock();
        long count = 0;
        Threads.Run(Count, Count, Count, Count);
        Assert.That(count, Is.EqualTo(4L * PerThread));

        void Count()
        {
            for (int i = 0; i < PerThread; i++)
            {
                using (gate.Enter())
                    count++;
            }
        }
    }

    private sealed record Kept(EventMessage Message, long Value);

    /// <summary>An event whose words belong together.</summary>
    private readonly record struct Sealed(long Value, long Times, long Inverse, long Again) : IEvent<Sealed>
    {
        public Sealed(long value)
            : this(value, value * Factor, ~value, value)
        {
        }

        public static EventDescriptor Descriptor { get; } = new("test.sealed");

        public bool IsWhole => Times == Value * Factor && Inverse == ~Value && Again == Value;
    }
}
