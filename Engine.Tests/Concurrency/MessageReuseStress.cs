using System.Runtime.CompilerServices;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Events;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// Publishers and consumers use a few entries again and again, while others read and settle through handles that are just going, or long
/// are, out of date: none of them ever sees another message's data, or a mixture, or settles anything.
/// </summary>
[Category("Stress")]
public class MessageReuseStress
{
    private const int PerPublisher = 50_000;

    [Test]
    public void Old_handles_show_their_own_message_or_none([Values(OverflowPolicy.Wait, OverflowPolicy.DropOldest)] OverflowPolicy policy)
    {
        var bus = new EventBus();
        MessageSubscription subscription = bus.SubscribeMessages<Sealed>(new()
        {
            Capacity = 8,
            OutputBuffer = 4,
            OverflowPolicy = policy,
            Retry = new() { MaxAttempts = Engine.Bus.RetryOptions.Unlimited },
        });
        var shelf = new Kept?[4];
        int publishersLeft = 2;
        long wrong = 0;
        long gone = 0;
        long lateSettlements = 0;
        Threads.Run(() => Publish(1), () => Publish(2), Consume, Consume, ReadLate, ReadLate);

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
                // Before the settlement, so that some read while the entry is used again.
                var kept = new Kept(message, payload.Value);
                Volatile.Write(ref shelf[random.Next(shelf.Length)], kept);
                Thread.SpinWait(random.Next(400));
                SettlementOutcome outcome = random.Next(16) != 0 ? message.Ack() : message.Nack(TimeSpan.Zero);
                if (outcome != SettlementOutcome.Settled)
                    Interlocked.Increment(ref wrong);
                Volatile.Write(ref kept.IsSettled, true);
            }
        }

        void ReadLate()
        {
            // Until it has seen one that was gone: at the end all are.
            bool hasSeenOneGone = false;
            for (int next = 0; Volatile.Read(ref publishersLeft) > 0 || !hasSeenOneGone; next++)
            {
                if (Volatile.Read(ref shelf[next % shelf.Length]) is not { } kept)
                    continue;
                bool wasSettled = Volatile.Read(ref kept.IsSettled);
                try
                {
                    bool isRight = kept.Message.TryGet(out Sealed payload) && payload.IsWhole && payload.Value == kept.Value
                        && kept.Message.CausationId == new Guid((int)(kept.Value % 10_000_000), 0, 0, new byte[8]);
                    if (!isRight)
                        Interlocked.Increment(ref wrong);
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref gone);
                    hasSeenOneGone = true;
                }

                if (wasSettled && kept.Message.Ack() is not (SettlementOutcome.AlreadySettled or SettlementOutcome.Stale))
                    Interlocked.Increment(ref lateSettlements);
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

    private sealed class Kept(EventMessage message, long value)
    {
        public bool IsSettled;

        public EventMessage Message => message;

        public long Value => value;
    }

    /// <summary>An event whose words belong together, and which takes long to copy.</summary>
    private readonly struct Sealed : IEvent<Sealed>
    {
        private readonly Words _words;

        public Sealed(long value)
        {
            for (int i = 0; i < Words.Length; i++)
                _words[i] = value;
        }

        public static EventDescriptor Descriptor { get; } = new("test.sealed");

        public long Value => _words[0];

        public bool IsWhole
        {
            get
            {
                foreach (long word in _words)
                {
                    if (word != Value)
                        return false;
                }

                return true;
            }
        }
    }

    [InlineArray(Length)]
    private struct Words
    {
        public const int Length = 4096;

        private long _first;
    }
}
