using System.Collections.Concurrent;
using Engine.Bus.Messages;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Databases;
using Engine.Storage.Journals;
using Engine.Storage.Logs;
using Engine.Storage.Recorded;
using Engine.Storage.Subscriptions;
using Engine.Subscriptions;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Storage.Logs;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>What hosts recorded, at the hub, for the handlers, filters, versions and ledgers that there are on one host.</summary>
[TestFixture]
internal sealed class ReceivedEventsTests
{
    [Test]
    public async Task Handlers_of_VM_events_get_what_a_host_has_recorded_once_although_the_broker_repeats_and_loses()
    {
        RecordedEvents events = new RecordedEvents().Add<InstructionRetired>();
        var handler = new Counting();
        using Subscription subscription = events.Subscribe(
            handler, new SubscriptionOptions<InstructionRetired> { Where = static instruction => instruction.Opcode % 2 == 0 });
        await using var fleet = new TestFleet(hub => hub with { OnFrame = (host, frame) => events.Deliver(host, frame) });
        int number = 0;
        fleet.Transport.Keep = message => (Interlocked.Increment(ref number) % 4) switch
        {
            1 => [message.Body.ToArray(), message.Body.ToArray()],
            2 => [],
            _ => [message.Body.ToArray()],
        };
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(40, events: 5);
        fleet.WaitUntilAudited();
        Assert.That(
            events.GetCounts(), Is.EqualTo(new[] { new RecordedCount(InstructionRetired.Descriptor.Name, 200, 0, 0, 0, 0) }));
        Assert.That(fleet.AtHub!.Duplicates, Is.GreaterThan(0));
        Assert.That(handler.Sequences, Is.Ordered.And.Unique.And.Not.Empty);
        Assert.That(subscription.DeliveredCount, Is.EqualTo(handler.Sequences.Count).And.LessThan(200));
        Assert.That(handler.Producer, Is.EqualTo("host/vcpu1"));
    }

    [Test]
    public async Task An_older_version_that_a_host_has_recorded_comes_from_the_copy_as_the_newest()
    {
        await using var fleet = new TestFleet();
        fleet.StartHub();
        fleet.StartHost();
        var producer = new ProducerInfo(2, "gauges");
        JournalStream<GaugeAsItWas> stream = fleet.Host.Journal.OpenStream<GaugeAsItWas>(producer);
        stream.Append(
            [new GaugeAsItWas(21, 0), new GaugeAsItWas(22, 0)],
            new Envelope(GaugeAsItWas.Descriptor, producer, 0, 0, 0, 0, isInline: false));
        stream.Seal();
        fleet.Host.Write();
        fleet.WaitUntilAudited();
        using var folder = new TemporaryFolder();
        await using StorageDatabase database = StorageDatabase.Sqlite(folder.PathOf("places.db"));
        using JournalEvents log = JournalEvents.Open(fleet.HubFolder, JournalLogUnderTest.Types);
        var subscription = new DurableSubscription(
            log, database, JournalLogUnderTest.Versions, "gauges", ["gauge.*"],
            new DurableSubscriptionOptions { Start = StartPoint.Beginning });
        var seen = new ConcurrentQueue<GaugeRead>();
        using var stop = new CancellationTokenSource();
        await subscription.RunAsync(
            (EventMessage message, CancellationToken _) =>
            {
                Assert.That(message.TryGet(out GaugeRead gauge), Is.True);
                seen.Enqueue(gauge);
                if (seen.Count == 2)
                    stop.Cancel();
                return ValueTask.CompletedTask;
            },
            cancellationToken: stop.Token);
        Assert.That(seen, Is.EqualTo(new[] { new GaugeRead(21_000, 0), new GaugeRead(22_000, 0) }));
    }

    private sealed class Counting : IEventHandler<InstructionRetired>
    {
        public List<long> Sequences { get; } = [];

        public string? Producer { get; private set; }

        public void Handle(in InstructionRetired @event, in Envelope envelope)
        {
            Sequences.Add(envelope.Sequence);
            Producer = envelope.Producer.Name;
        }
    }
}
