using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Subscriptions.Filters;

public class CommonFilterTests
{
    private static readonly Envelope OfNumbers = EnvelopeOf(Number.Descriptor, vmId: null);

    [Test]
    public void A_vm_filter_passes_the_events_of_one_machine()
    {
        EventEngine engine = Engines.Build();
        var seen = new List<int>();
        EventProducer[] producers = [engine.CreateProducer("a", "vm-1"), engine.CreateProducer("b", "vm-2"), engine.CreateProducer("c")];
        engine.Subscribe(
            (in Number number, in Envelope _) => seen.Add(number.Source),
            new SubscriptionOptions<Number> { Filter = EventFilter.FromVm<Number>("vm-2") });
        for (int i = 0; i < producers.Length; i++)
            producers[i].GetLane<Number>().Publish(new Number(1, i));
        engine.Start();
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(new[] { 1 }));
        Assert.That(producers.Select(static p => p.Info.VmId), Is.EqualTo(new[] { "vm-1", "vm-2", null }));
    }

    [Test]
    public void A_vm_filter_decides_for_the_batch_and_agrees_with_itself([Values("vm-1", "vm-2", null)] string? vmId)
    {
        Envelope envelope = EnvelopeOf(Number.Descriptor, vmId);
        EventFilter<Number> filter = EventFilter.FromVm<Number>(new string("vm-1".AsSpan()));
        AnyEventFilter any = AnyEventFilter.FromVm("vm-1");
        bool passes = vmId == "vm-1";
        FilterVerdict verdict = passes ? FilterVerdict.All : FilterVerdict.None;
        Assert.That((filter.EvaluateBatch(envelope), filter.Matches(default, envelope)), Is.EqualTo((verdict, passes)));
        Assert.That((any.EvaluateBatch(envelope), any.Matches<Number>(default, envelope)), Is.EqualTo((verdict, passes)));
    }

    [TestCase(0x0FFFUL, ExpectedResult = false)]
    [TestCase(0x1000UL, ExpectedResult = true)]
    [TestCase(0x1FFFUL, ExpectedResult = true)]
    [TestCase(0x2000UL, ExpectedResult = false)]
    [TestCase(0UL, ExpectedResult = false)]
    [TestCase(ulong.MaxValue, ExpectedResult = false)]
    public bool An_address_range_has_its_start_and_not_its_end(ulong address)
    {
        bool passes = EventFilter.InAddressRange<PageFaulted>(0x1000, 0x2000).Matches(Fault(address), default);
        Assert.That(AnyEventFilter.InAddressRange(0x1000, 0x2000).Matches(Fault(address), default), Is.EqualTo(passes));
        return passes;
    }

    [Test]
    public void Events_of_memory_and_devices_have_addresses()
    {
        AnyEventFilter filter = AnyEventFilter.InAddressRange(7, 8);
        Assert.Multiple(() =>
        {
            Assert.That(filter.Matches(new MemoryAccessed(0, 7, 0, 8, MemoryAccessKind.Load), default), Is.True);
            Assert.That(filter.Matches(new MemoryAllocated(default, 7, 1), default), Is.True);
            Assert.That(filter.Matches(new MemoryFreed(default, 7, 1), default), Is.True);
            Assert.That(filter.Matches(new MemoryMapped(default, VirtualAddress: 7, PhysicalAddress: 9, 1, 0), default), Is.True);
            Assert.That(filter.Matches(new MmioAccessed(default, 7, 0, 1, MemoryAccessKind.Load), default), Is.True);
            Assert.That(filter.Matches(Fault(7), default), Is.True);
        });
    }

    [Test]
    public void An_event_without_an_address_is_in_no_range()
    {
        AnyEventFilter filter = AnyEventFilter.InAddressRange(0, ulong.MaxValue);
        Assert.That(filter.Matches(new Number(1), OfNumbers), Is.False);
        Assert.That(filter.For<OrderCreated>().Matches(new OrderCreated(1), default), Is.False);
    }

    [Test]
    public void A_look_at_the_address_of_any_event_does_not_allocate_once_compiled()
    {
        EventFilter<PageFaulted> filter = AnyEventFilter.InAddressRange(0x1000, 0x2000).For<PageFaulted>();
        PageFaulted fault = Fault(0x1800);
        Eventually.IsTrue(() => AllocatedByMatching(filter, fault) == 0);
    }

    [TestCase(5UL, 5UL)]
    [TestCase(6UL, 5UL)]
    public void An_empty_address_range_is_refused(ulong start, ulong end)
    {
        string message = Thrown.By<ArgumentOutOfRangeException>(() => EventFilter.InAddressRange<PageFaulted>(start, end)).Message;
        Assert.That(message, Does.Contain("must not be empty").And.Contain($"0x{start:x}").And.Contain("end"));
        Assert.Throws<ArgumentOutOfRangeException>(() => AnyEventFilter.InAddressRange(start, end));
    }

    [Test]
    public void A_type_filter_passes_the_named_types_and_decides_for_the_batch()
    {
        AnyEventFilter filter = AnyEventFilter.OfTypes("test.number", "order.created");
        Assert.Multiple(() =>
        {
            Assert.That(filter.EvaluateBatch(OfNumbers), Is.EqualTo(FilterVerdict.All));
            Assert.That(filter.EvaluateBatch(EnvelopeOf(Letter.Descriptor, null)), Is.EqualTo(FilterVerdict.None));
            Assert.That(filter.Matches(new Number(1), OfNumbers), Is.True);
            Assert.That(filter.Matches(new Letter(1), default), Is.False);
            Assert.That(filter.For<OrderCreated>().EvaluateBatch(default), Is.EqualTo(FilterVerdict.All));
            Assert.That(filter.For<OrderShipped>().EvaluateBatch(default), Is.EqualTo(FilterVerdict.None));
            Assert.That(filter.For<OrderShipped>().Matches(new OrderShipped(1), default), Is.False);
        });
    }

    [Test]
    public void A_filter_of_any_type_serves_where_one_of_a_type_is_asked_for()
    {
        EventFilter<Number> even = EventFilter.Where((in Number number) => number.Value % 2 == 0);
        AnyEventFilter ofVm = AnyEventFilter.FromVm("vm-1");
        Envelope envelope = EnvelopeOf(Number.Descriptor, "vm-1");
        EventFilter<Number>[] chains = [even.And(ofVm), EventFilter.All(even, ofVm), EventFilter.All<Number>(ofVm, even)];
        foreach (EventFilter<Number> both in chains)
        {
            Assert.That((both.Matches(new Number(2), envelope), both.Matches(new Number(3), envelope)), Is.EqualTo((true, false)));
            Assert.That((both.Matches(new Number(2), OfNumbers), both.EvaluateBatch(OfNumbers)), Is.EqualTo((false, FilterVerdict.None)));
        }

        var options = new SubscriptionOptions<Number> { Filter = ofVm };
        Assert.That(options.Filter!.EvaluateBatch(envelope), Is.EqualTo(FilterVerdict.All));
        Assert.That(new SubscriptionOptions<Number> { Filter = (AnyEventFilter?)null }.Filter, Is.Null);
    }

    [Test]
    public void Bad_use_is_refused()
    {
        EventFilter<Number> even = EventFilter.Where((in Number number) => number.Value % 2 == 0);
        Assert.Multiple(() =>
        {
            Assert.Throws<ArgumentException>(() => EventFilter.FromVm<Number>(" "));
            Assert.Throws<ArgumentNullException>(() => AnyEventFilter.FromVm(null!));
            Assert.Throws<ArgumentNullException>(() => even.And(null!));
            Assert.Throws<ArgumentNullException>(() => even.Or(null!));
            Assert.That(Thrown.By<ArgumentException>(static () => EventFilter.All<Number>()).Message, Does.Contain("at least one filter"));
            Assert.That(Thrown.By<ArgumentException>(() => EventFilter.Any(even, null!)).Message, Does.Contain("2 of the chain is null"));
            Assert.Throws<ArgumentException>(static () => AnyEventFilter.All());
            Assert.Throws<ArgumentException>(static () => AnyEventFilter.FromVm("a").And(null!));
            Assert.Throws<ArgumentException>(static () => AnyEventFilter.OfTypes());
            Assert.That(Thrown.By<ArgumentException>(static () => AnyEventFilter.OfTypes("No Name")).Message, Does.Contain("No Name"));
        });
    }

    private static long AllocatedByMatching(EventFilter<PageFaulted> filter, in PageFaulted fault)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        int passed = 0;
        for (int i = 0; i < 1000; i++)
            passed += filter.Matches(fault, default) ? 1 : 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(passed, Is.EqualTo(1000));
        return allocated;
    }

    private static PageFaulted Fault(ulong address) => new(default, address, MemoryAccessKind.Load, PrivilegeMode.User);

    private static Envelope EnvelopeOf(EventDescriptor type, string? vmId) =>
        new(type, new ProducerInfo(1, "p", vmId), 0, 0, 0, 0, isInline: false);
}
