using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// A consumer that is overtaken all the time under <c>DropOldest</c>: whatever it gets is whole, in order, and
/// announced losses and events together give every sequence exactly once.
/// </summary>
internal sealed class OverwriteStress
{
    [Test]
    public void A_producer_that_laps_the_consumer_tears_no_event([Values(2, 16, 256)] int capacity) =>
        Run<SingleProducer>(capacity, producers: 1, eventsPerProducer: 3_000_000);

    [Test]
    public void Several_producers_that_lap_the_consumer_tear_no_event([Values(2, 16, 64)] int capacity) =>
        Run<MultiProducer>(capacity, producers: 2, eventsPerProducer: capacity * 10_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak_one_producer([Values(2, 64, 4096)] int capacity) =>
        Run<SingleProducer>(capacity, producers: 1, eventsPerProducer: 500_000_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak_several_producers([Values(2, 64, 4096)] int capacity) =>
        Run<MultiProducer>(capacity, producers: 3, eventsPerProducer: 20_000_000);

    private static void Run<TFactory>(int capacity, int producers, long eventsPerProducer)
        where TFactory : struct, ISequencerFactory
    {
        var signal = new WakeSignal();
        Sequencer sequencer = TFactory.Create(capacity, OverflowPolicy.DropOldest, signal);
        var buffer = new RingBuffer<Wide>(capacity);
        long finished = 0;
        var consumer = new OverwriteConsumer(buffer, sequencer, producers);

        Action[] bodies =
        [
            .. Enumerable.Range(0, producers).Select(source => (Action)(() =>
            {
                for (long value = 0; value < eventsPerProducer; value++)
                {
                    sequencer.Claim(1, mayWait: false, out long position, out _);
                    buffer[position] = new Wide(source, value);
                    sequencer.Publish(position, 1);
                }

                Interlocked.Increment(ref finished);
            })),
            () =>
            {
                while (Interlocked.Read(ref finished) < producers || sequencer.HasBacklog)
                    consumer.ReadOnce();
            },
        ];
        Threads.Run(bodies);

        RingLedger ledger = sequencer.Ledger;
        Assert.Multiple(() =>
        {
            Assert.That(consumer.Events, Is.EqualTo(ledger.Dispatched));
            Assert.That(consumer.Lost, Is.EqualTo(ledger.DroppedOldest));
            Assert.That(ledger.Buffered, Is.Zero);
        });
        LedgerAssert.Balances(ledger, producers * eventsPerProducer);
    }

    private sealed class OverwriteConsumer(RingBuffer<Wide> buffer, Sequencer sequencer, int producers)
    {
        private readonly RingReader<Wide> _reader = new(buffer, sequencer);
        private readonly long[] _last = [.. Enumerable.Repeat(-1L, producers)];
        private long _nextSequence;

        public long Events { get; private set; }

        public long Lost { get; private set; }

        public void ReadOnce()
        {
            if (!_reader.TryRead(64, out RingBatch<Wide> batch))
                return;
            if (batch.FirstSequence != _nextSequence + batch.LostBefore)
                Assert.Fail($"sequence {batch.FirstSequence} after {_nextSequence} with {batch.LostBefore} lost");
            foreach (ref readonly Wide wide in batch.Events)
                Check(wide);
            Events += batch.Events.Length;
            Lost += batch.LostBefore;
            _nextSequence = batch.FirstSequence + batch.Events.Length;
            _reader.Advance(batch.Events.Length);
        }

        private void Check(in Wide wide)
        {
            if (!wide.IsIntact)
                Assert.Fail($"torn event: source {wide.Source}, value {wide.Value}");
            ref long last = ref _last[wide.Source];
            if (wide.Value <= last)
                Assert.Fail($"source {wide.Source}: {wide.Value} after {last}");
            last = wide.Value;
        }
    }
}
