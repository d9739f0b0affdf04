using System.Diagnostics.Tracing;
using System.Reflection;
using System.Xml.Linq;
using Engine.Diagnostics;
using static Engine.Diagnostics.EngineEventSource;

namespace Engine.Tests.Diagnostics;

/// <summary>
/// Every event, as a listener decodes it. A WriteEvent overload that does not fit the event's parameters corrupts its payload
/// without an error, so each value and type is compared.
/// </summary>
internal sealed class EventPayloadTests
{
    private const string EngineName = "payload-test";
    // Without a channel the runtime sets these bits itself.
    private const EventKeywords SessionBits = (EventKeywords)0xF00000000000;
    private const long Big = 0x0123456789ABCDEF;

    private static readonly Expected[] Events =
    [
        new(1, "BatchStart", EventLevel.Verbose, Keywords.Dispatch, log => log.BatchStart(EngineName, "vm.block", 7, "vcpu0", Big, 64),
            ("eventType", "vm.block"), ("producerId", 7), ("producer", "vcpu0"), ("firstSequence", Big), ("eventCount", 64))
        { Opcode = EventOpcode.Start, Task = Tasks.Batch },
        new(2, "BatchStop", EventLevel.Verbose, Keywords.Dispatch, log => log.BatchStop(EngineName, "vm.block", 7, "vcpu0", Big, 64),
            ("eventType", "vm.block"), ("producerId", 7), ("producer", "vcpu0"), ("firstSequence", Big), ("eventCount", 64))
        { Opcode = EventOpcode.Stop, Task = Tasks.Batch },
        new(3, "BatchSizeChanged", EventLevel.Informational, Keywords.Dispatch, log => log.BatchSizeChanged(EngineName, "d-0", 1024, 2.25),
            ("dispatcher", "d-0"), ("maxBatch", 1024), ("pollGapMicroseconds", 2.25)),
        new(4, "DispatcherParked", EventLevel.Verbose, Keywords.Dispatch, log => log.DispatcherParked(EngineName, "d-0"),
            ("dispatcher", "d-0")),
        new(5, "DispatcherWoken", EventLevel.Verbose, Keywords.Dispatch, log => log.DispatcherWoken(EngineName, "d-0", 1500.5),
            ("dispatcher", "d-0"), ("parkedMicroseconds", 1500.5)),
        new(6, "EventsLost", EventLevel.Warning, Keywords.Backpressure,
            log => log.EventsLost(EngineName, "vm.block", 7, "vcpu0", Big, Big + 9, "DropOldest"),
            ("eventType", "vm.block"), ("producerId", 7), ("producer", "vcpu0"), ("firstSequence", Big), ("lastSequence", Big + 9),
            ("overflowPolicy", "DropOldest")),
        new(7, "ProducerStalled", EventLevel.Warning, Keywords.Backpressure,
            log => log.ProducerStalled(EngineName, "vm.block", 7, "vcpu0", 123.5),
            ("eventType", "vm.block"), ("producerId", 7), ("producer", "vcpu0"), ("stallMicroseconds", 123.5)),
        new(8, "HandlerFailed", EventLevel.Error, Keywords.Errors,
            log => log.HandlerFailed(
                EngineName, "vm.block", 7, "vcpu0", Big, "trace", Big + 1, Big + 2, "System.IO.IOException", "disk \u00e9"),
            ("eventType", "vm.block"), ("producerId", 7), ("producer", "vcpu0"), ("subscriptionId", Big), ("subscription", "trace"),
            ("firstSequence", Big + 1), ("lastSequence", Big + 2), ("exceptionType", "System.IO.IOException"),
            ("exceptionMessage", "disk \u00e9")),
        new(9, "SubscriptionAdded", EventLevel.Informational, Keywords.Subscription,
            log => log.SubscriptionAdded(EngineName, "vm.block", Big, "trace", "Inline", -3),
            ("eventType", "vm.block"), ("subscriptionId", Big), ("subscription", "trace"), ("delivery", "Inline"), ("priority", -3)),
        new(10, "SubscriptionRemoved", EventLevel.Informational, Keywords.Subscription,
            log => log.SubscriptionRemoved(EngineName, "vm.block", Big, "trace", Big + 1, Big + 2),
            ("eventType", "vm.block"), ("subscriptionId", Big), ("subscription", "trace"), ("deliveredCount", Big + 1),
            ("errorCount", Big + 2)),
        new(11, "SubscriptionTableChanged", EventLevel.Informational, Keywords.Subscription,
            log => log.SubscriptionTableChanged(EngineName, "vm.block", 5, 2, 1),
            ("eventType", "vm.block"), ("version", 5), ("dispatchedCount", 2), ("inlineCount", 1)),
        new(12, "EngineStarted", EventLevel.Informational, Keywords.Lifecycle, log => log.EngineStarted(EngineName, 3, 21),
            ("dispatcherCount", 3), ("eventTypeCount", 21)),
        new(13, "EngineStopping", EventLevel.Informational, Keywords.Lifecycle, log => log.EngineStopping(EngineName, 1e7),
            ("timeoutMicroseconds", 1e7)),
        new(14, "EngineStopped", EventLevel.Informational, Keywords.Lifecycle, log => log.EngineStopped(EngineName, 250.75, Big),
            ("stopMicroseconds", 250.75), ("leftCount", Big)),
        new(15, "ProducerCreated", EventLevel.Informational, Keywords.Publish, log => log.ProducerCreated(EngineName, 7, "vcpu0"),
            ("producerId", 7), ("producer", "vcpu0")),
        new(16, "ProducerDisposed", EventLevel.Informational, Keywords.Publish, log => log.ProducerDisposed(EngineName, 7, "vcpu0"),
            ("producerId", 7), ("producer", "vcpu0")),
        new(17, "LaneCreated", EventLevel.Informational, Keywords.Publish,
            log => log.LaneCreated(EngineName, "vm.block", 7, "vcpu0", 4096, "Wait", "d-0"),
            ("eventType", "vm.block"), ("producerId", 7), ("producer", "vcpu0"), ("capacity", 4096), ("overflowPolicy", "Wait"),
            ("dispatcher", "d-0")),
        new(18, "LaneRemoved", EventLevel.Informational, Keywords.Publish,
            log => log.LaneRemoved(EngineName, "vm.block", 7, "vcpu0", Big, Big + 1, Big + 2),
            ("eventType", "vm.block"), ("producerId", 7), ("producer", "vcpu0"), ("publishedCount", Big), ("dispatchedCount", Big + 1),
            ("lostCount", Big + 2)),
    ];

    private static IEnumerable<TestCaseData> Cases => Events.Select(static e => new TestCaseData(e).SetArgDisplayNames(e.Name));

    [TestCaseSource(nameof(Cases))]
    public void Event_is_decoded(object expected)
    {
        var e = (Expected)expected;
        using var listener = new RecordingListener(EngineName);
        e.Write(Log);

        EventWrittenEventArgs written = listener.Events.Single();
        Assert.Multiple(() =>
        {
            Assert.That(written.EventId, Is.EqualTo(e.Id));
            Assert.That(written.EventName, Is.EqualTo(e.Name));
            Assert.That(written.Level, Is.EqualTo(e.Level));
            Assert.That(written.Keywords & ~SessionBits, Is.EqualTo(e.Keyword));
            Assert.That(written.Opcode, Is.EqualTo(e.Opcode));
            Assert.That(e.Task == EventTask.None || written.Task == e.Task);
            Assert.That(written.PayloadNames, Is.EqualTo((string[])["engine", .. e.Payload.Select(static field => field.Name)]));
            Assert.That(written.Payload, Is.EqualTo((object[])[EngineName, .. e.Payload.Select(static field => field.Value)]));
            Assert.That(
                written.Payload!.Skip(1).Select(static value => value!.GetType()),
                Is.EqualTo(e.Payload.Select(static field => field.Value.GetType())));
            Assert.That(() => string.Format(written.Message!, [.. written.Payload!]), Throws.Nothing, "The message fits the payload.");
        });
    }

    [Test]
    public void Every_event_of_the_source_is_listed()
    {
        IEnumerable<string> inCode = typeof(EngineEventSource).GetMethods()
            .Where(static method => method.GetCustomAttribute<EventAttribute>() is not null)
            .Select(static method => method.Name);
        Assert.That(Events.Select(static e => e.Name), Is.EquivalentTo(inCode));
    }

    [TestCase(EventLevel.Error, "HandlerFailed")]
    [TestCase(EventLevel.Warning, "HandlerFailed EventsLost ProducerStalled")]
    public void Level_lets_pass_what_is_as_severe(EventLevel level, string names)
    {
        using var listener = new RecordingListener(EngineName, level);
        foreach (Expected e in Events)
            e.Write(Log);
        Assert.That(listener.Events.Select(static e => e.EventName), Is.EquivalentTo(names.Split(' ')));
    }

    [TestCase(Keywords.Publish, "ProducerCreated ProducerDisposed LaneCreated LaneRemoved")]
    [TestCase(Keywords.Dispatch, "BatchStart BatchStop BatchSizeChanged DispatcherParked DispatcherWoken")]
    [TestCase(Keywords.Subscription, "SubscriptionAdded SubscriptionRemoved SubscriptionTableChanged")]
    [TestCase(Keywords.Backpressure, "EventsLost ProducerStalled")]
    [TestCase(Keywords.Lifecycle, "EngineStarted EngineStopping EngineStopped")]
    [TestCase(Keywords.Errors, "HandlerFailed")]
    public void Keyword_lets_pass_its_events(EventKeywords keyword, string names)
    {
        using var listener = new RecordingListener(EngineName, EventLevel.Verbose, keyword);
        foreach (Expected e in Events)
            e.Write(Log);
        Assert.That(listener.Events.Select(static e => e.EventName), Is.EquivalentTo(names.Split(' ')));
    }

    [Test]
    public void Long_exception_message_is_cut()
    {
        using var listener = new RecordingListener(EngineName);
        Log.HandlerFailed(EngineName, "vm.block", 7, "vcpu0", 1, "trace", 2, 3, "E", new string('x', 100_000));
        Assert.That(listener.Events.Single().Payload![^1], Is.EqualTo(new string('x', 1024)));
    }

    [Test]
    public void Manifest_is_valid()
    {
        string? manifest = EventSource.GenerateManifest(typeof(EngineEventSource), "Engine.dll", EventManifestOptions.Strict);
        Assert.That(manifest, Is.Not.Null);
        XNamespace ns = "http://schemas.microsoft.com/win/2004/08/events";
        XElement provider = XDocument.Parse(manifest!).Descendants(ns + "provider").Single();
        Assert.That(provider.Attribute("name")!.Value, Is.EqualTo("Engine"));
        Assert.That(provider.Descendants(ns + "event").Select(static e => (int)e.Attribute("value")!),
            Is.SupersetOf(Events.Select(static e => e.Id)));
    }

    [Test]
    public void Source_was_built_without_errors() =>
        Assert.That(Log.ConstructionException, Is.Null);

    private sealed record Expected(
        int Id, string Name, EventLevel Level, EventKeywords Keyword, Action<EngineEventSource> Write,
        params (string Name, object Value)[] Payload)
    {
        public EventOpcode Opcode { get; init; } = EventOpcode.Info;

        public EventTask Task { get; init; } = EventTask.None;
    }
}
