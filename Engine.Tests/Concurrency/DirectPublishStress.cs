using Engine.Bus;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// The short way to one handler, while subscriptions come and go and the bus stops. Checked by removing the second look at the call
/// in <c>TopicRuntime.Publish</c>: then handlers are called after the stop of the bus.
/// </summary>
public class DirectPublishStress
{
    [Test]
    public void Every_publish_is_counted_once_while_the_only_handler_changes() => Churn(perPublisher: 200_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak_churn() => Churn(perPublisher: 50_000_000);

    [Test]
    public void After_the_end_of_its_subscription_the_only_handler_is_never_called() => CallAfterDispose(iterations: 5_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak_call_after_dispose() => CallAfterDispose(iterations: 500_000);

    [Test]
    public void After_the_stop_the_only_handler_is_never_called()
    {
        for (int i = 0; i < 50; i++)
        {
            EventBus bus = Buses.Started();
            BusTopic<Number> topic = bus.GetTopic<Number>();
            long calls = 0;
            BusSubscription subscription = bus.Subscribe<Number>((in Number _, EventContext _) => Interlocked.Increment(ref calls));
            long published = 0;
            RunningThreads publishers = Threads.Start(Publish, Publish);
            Eventually.IsTrue(() => Volatile.Read(ref calls) > 100);
            bus.StopDrained();
            long atStop = Volatile.Read(ref calls);
            publishers.Join();
            Assert.That((calls, published, subscription.DeliveredCount), Is.EqualTo((atStop, atStop, atStop)));
            Assert.That(bus.GetStatistics().Topics.Single().Published, Is.EqualTo(atStop));

            void Publish()
            {
                long own = 0;
                while (topic.Publish(new Number(1)) == PublishOutcome.Published)
                    own++;
                Interlocked.Add(ref published, own);
            }
        }
    }

    private static void Churn(long perPublisher)
    {
        var bus = new EventBus();
        BusTopic<Number> topic = bus.GetTopic<Number>();
        long published = 0;
        int publishing = 2;
        var subscriptions = new List<(BusSubscription Subscription, Counter Counter)>();
        Threads.Run(Publish, Publish, () =>
        {
            // Nobody, one, two, one of them ended: the short way opens and closes.
            while (Volatile.Read(ref publishing) > 0)
            {
                (BusSubscription Subscription, Counter Counter) first = Add();
                (BusSubscription Subscription, Counter Counter) second = Add();
                first.Subscription.Dispose();
                Check(first);
                second.Subscription.Dispose();
                Check(second);
                if (subscriptions.Count < 64)
                    subscriptions.AddRange([first, second]);
            }
        });
        Assert.That(bus.GetStatistics().Topics.Single().Published, Is.EqualTo(published));
        foreach ((BusSubscription Subscription, Counter Counter) entry in subscriptions)
            Check(entry);

        void Publish()
        {
            long own = 0;
            for (long i = 0; i < perPublisher; i++)
            {
                if (topic.Publish(new Number(i)) == PublishOutcome.Published)
                    own++;
            }

            Interlocked.Add(ref published, own);
            Interlocked.Decrement(ref publishing);
        }

        (BusSubscription Subscription, Counter Counter) Add()
        {
            var counter = new Counter();
            return (bus.Subscribe<Number>(counter.Handle), counter);
        }

        static void Check((BusSubscription Subscription, Counter Counter) ended) =>
            Assert.That(ended.Counter.Calls, Is.EqualTo(ended.Subscription.DeliveredCount));
    }

    private static void CallAfterDispose(int iterations)
    {
        var bus = new EventBus();
        BusTopic<Number> topic = bus.GetTopic<Number>();
        bool isOver = false;
        long late = 0;
        Threads.Run(Publish, () =>
        {
            for (int i = 0; i < iterations; i++)
            {
                bool hasEnded = false;
                BusSubscription subscription = bus.Subscribe<Number>((in Number _, EventContext _) =>
                {
                    if (Volatile.Read(ref hasEnded))
                        Interlocked.Increment(ref late);
                });
                subscription.Dispose();
                Volatile.Write(ref hasEnded, true);
            }

            Volatile.Write(ref isOver, true);
        });
        Assert.That(late, Is.Zero);

        void Publish()
        {
            while (!Volatile.Read(ref isOver))
                topic.Publish(new Number(1));
        }
    }

    private sealed class Counter
    {
        private long _calls;

        public long Calls => Volatile.Read(ref _calls);

        public void Handle(in Number @event, EventContext context) => Interlocked.Increment(ref _calls);
    }
}
