using Engine.Bus;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// Handlers that throw, hang and cancel, subscriptions that come and go, and options that change all the time, in all
/// modes and with all overflow policies. Then the bus is stopped, and every event has to be accounted for.
/// </summary>
public class BusFaultsStress
{
    private const int PublisherCount = 3;

    [Test]
    public void Every_event_is_accounted_for([Range(1, 6)] int seed) => Run(seed, perPublisher: 1500);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak([Range(1, 60)] int seed) => Run(seed * 7919, perPublisher: 50_000);

    private static void Run(int seed, int perPublisher)
    {
        using var round = new Round(seed, perPublisher);
        round.Run();
    }

    private sealed class Round : IDisposable
    {
        private readonly int _seed;
        private readonly int _perPublisher;
        private readonly RetryUse _retryUse;
        private readonly EventBus _bus;
        private readonly List<FaultyReceiver> _receivers = [];
        private int _running = PublisherCount;
        private int _lateCalls;

        public Round(int seed, int perPublisher)
        {
            _seed = seed;
            _perPublisher = perPublisher;
            _retryUse = (RetryUse)(seed % 3);
            _bus = new EventBus("faults", RandomOptions(new Random(seed)));
        }

        private bool IsPublishing => Volatile.Read(ref _running) > 0;

        public void Run()
        {
            var random = new Random(_seed);
            foreach (OverflowPolicy policy in Enum.GetValues<OverflowPolicy>())
            {
                foreach (ReceiverKind kind in Enum.GetValues<ReceiverKind>())
                    AddReceiver(kind, policy, random.Next());
            }

            _bus.Start();
            Threads.Run(
            [
                .. Enumerable.Range(0, PublisherCount).Select(publisher => (Action)(() => Publish(publisher))),
                Churn,
                ChangeOptions,
            ]);
            _bus.StopDrained();
            Assert.That(Volatile.Read(ref _lateCalls), Is.Zero, $"calls after the subscription had ended; seed {_seed}");
            EventBusStatistics statistics = _bus.GetStatistics();
            BusTopicStatistics topic = statistics.Topics.Single();
            Assert.That(topic.EventPool.InUseCount, Is.Zero, $"envelopes; seed {_seed}");
            foreach (FaultyReceiver receiver in _receivers)
                receiver.Check(topic.Published, statistics.Subscriptions.Single(s => s.Id == receiver.Subscription.Id),
                    isRetryConstant: _retryUse != RetryUse.Changing, $"seed {_seed}");
        }

        public void Dispose() => _bus.StopAsync(TimeSpan.Zero).Wait();

        private void AddReceiver(ReceiverKind kind, OverflowPolicy policy, int salt)
        {
            bool isOrdered = kind != ReceiverKind.Parallel;
            var receiver = new FaultyReceiver(salt, PublisherCount, _perPublisher, isOrdered, hasRetry: _retryUse == RetryUse.Always);
            var options = new BusSubscriptionOptions<OrderCreated>
            {
                Name = $"{kind} {policy}",
                OverflowPolicy = policy,
                MaxConcurrency = kind switch
                {
                    ReceiverKind.Parallel => null,
                    ReceiverKind.Keyed => 3,
                    _ => 1,
                },
                OrderingKey = kind == ReceiverKind.Keyed ? (in OrderCreated order) => order.Number / _perPublisher : null,
                DispatchPriority = (DispatchPriority)(salt % 3),
            };
            receiver.Subscription = kind switch
            {
                ReceiverKind.Asynchronous => _bus.Subscribe<OrderCreated>(receiver.HandleAsync, options),
                ReceiverKind.Batches => _bus.SubscribeBatch<OrderCreated>(receiver.HandleBatchAsync, options),
                _ => _bus.Subscribe<OrderCreated>(receiver.Handle, options),
            };
            _receivers.Add(receiver);
        }

        private void Publish(int publisher)
        {
            FaultyReceiver.IsPublisher = true;
            var random = new Random(_seed + publisher);
            for (int i = 0; i < _perPublisher; i++)
            {
                var order = new OrderCreated(publisher * _perPublisher + i);
                switch (random.Next(16))
                {
                    case 0:
                        using (var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(1)))
                            PublishCancelled(order, soon.Token);
                        break;
                    case < 8:
                        Eventually.Result(_bus.PublishAsync(order).AsTask());
                        break;
                    default:
                        _bus.Publish(order);
                        break;
                }
            }

            Interlocked.Decrement(ref _running);
        }

        private void PublishCancelled(OrderCreated order, CancellationToken token)
        {
            try
            {
                Eventually.Result(_bus.PublishAsync(order, cancellationToken: token).AsTask());
            }
            catch (AggregateException exception) when (exception.InnerException is OperationCanceledException)
            {
                // What had no room is rejected.
            }
        }

        private void Churn()
        {
            var random = new Random(_seed - 1);
            while (IsPublishing)
            {
                bool hasEnded = false;
                async ValueTask Handle(OrderCreated order, EventContext context, CancellationToken token)
                {
                    if (Volatile.Read(ref hasEnded))
                        Interlocked.Increment(ref _lateCalls);
                    if (order.Number % 7 == 0)
                        await Task.Delay(Timeout.Infinite, token);
                    if (order.Number % 5 == 0)
                        throw new InvalidOperationException("a fault");
                    await Task.Yield();
                }

                BusSubscription subscription = _bus.Subscribe<OrderCreated>(Handle, new()
                {
                    QueueCapacity = 1 + random.Next(20),
                    OverflowPolicy = (OverflowPolicy)random.Next(4),
                    MaxConcurrency = 1 + random.Next(4),
                });
                long start = subscription.DeliveredCount + random.Next(5);
                var spinner = new SpinWait();
                while (IsPublishing && subscription.DeliveredCount < start && spinner.Count < 50)
                    spinner.SpinOnce();
                if (random.Next(2) == 0)
                    subscription.Dispose();
                else
                    Assert.That(subscription.DisposeAsync().AsTask().Wait(Eventually.HangGuard), $"an end hangs; seed {_seed}");
                Volatile.Write(ref hasEnded, true);
                Assert.That(subscription.ErrorCount, Is.LessThanOrEqualTo(subscription.DeliveredCount));
            }
        }

        private void ChangeOptions()
        {
            var random = new Random(_seed + 1000);
            var spinner = new SpinWait();
            while (IsPublishing)
            {
                _bus.UpdateOptions(RandomOptions(random));
                _bus.Tune();
                _bus.GetStatistics();
                for (int i = random.Next(20); i >= 0; i--)
                    spinner.SpinOnce();
            }
        }

        private EventBusOptions RandomOptions(Random random) => new()
        {
            DefaultMode = (ProcessingMode)random.Next(4),
            Async = { QueueCapacity = 1 + random.Next(64), MaxConcurrency = 1 + random.Next(6), DispatcherCount = 2 },
            Batch =
            {
                Size = 1 + random.Next(40),
                MaxWait = TimeSpan.FromMilliseconds(1 + random.Next(5)),
                IsAdaptive = random.Next(2) == 0,
            },
            Retry = new RetryOptions
            {
                MaxAttempts = _retryUse switch
                {
                    RetryUse.Never => 1,
                    RetryUse.Always => 2 + random.Next(2),
                    _ => 1 + random.Next(3),
                },
                BaseDelay = TimeSpan.FromMilliseconds(1),
            },
        };
    }

    private enum RetryUse
    {
        Never,
        Always,
        Changing,
    }

    private enum ReceiverKind
    {
        Ordered,
        Keyed,
        Parallel,
        Asynchronous,
        Batches,
    }
}
