using Engine.Bus;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Versions;

public class EventVersionsTests
{
    [Test]
    public void A_path_goes_through_all_versions()
    {
        EventVersions versions = CustomerNamed.Versions();
        Assert.That(
            versions.GetUpcaster<CustomerNamedV1,
            CustomerNamed>()(new CustomerNamedV1("Ada Lovelace")),
            Is.EqualTo(new CustomerNamed("Ada", "Lovelace", "en")));
        Assert.That(
            versions.GetUpcaster<CustomerNamedV2,
            CustomerNamed>()(new CustomerNamedV2("A", "B")),
            Is.EqualTo(new CustomerNamed("A", "B", "en")));
        var newest = new CustomerNamed("A", "B", "de");
        Assert.That(versions.GetUpcaster<CustomerNamed, CustomerNamed>()(newest), Is.SameAs(newest));
        EventTransform<CustomerNamedV1, CustomerNamed> whole = versions.GetUpcaster<CustomerNamedV1, CustomerNamed>();
        Assert.That(versions.GetUpcaster<CustomerNamedV1, CustomerNamed>(), Is.SameAs(whole), "composed once");
    }

    [Test]
    public void Versions_say_what_they_know()
    {
        EventVersions versions = CustomerNamed.Versions();
        Assert.That(
            versions.Known.Select(static v => v.ToString()),
            Is.EqualTo(new[] { "customer.named v1", "customer.named v2", "customer.named v3" }));
        Assert.That(
            (versions.NewestVersionOf("customer.named"), versions.NewestVersionOf("customer.lost")), Is.EqualTo(((int?)3, (int?)null)));
    }

    [Test]
    public void A_path_that_does_not_exist_is_refused_by_name()
    {
        EventVersions versions = CustomerNamed.Versions();
        Assert.That(
            Thrown.By<ArgumentException>(() => versions.GetUpcaster<CustomerNamedV1, CustomerNamedV2>()).Message,
            Does.Contain("newest version of customer.named is customer.named v3"));
        EventVersions none = new EventVersionsBuilder().Build();
        Assert.That(
            Thrown.By<ArgumentException>(() => none.GetUpcaster<CustomerNamedV1, CustomerNamed>()).Message,
            Does.Contain("customer.named v1").And.Contain("EventVersionsBuilder"));
    }

    [Test]
    public void A_missing_hop_is_a_gap_in_a_named_chain() => Refused(
        new EventVersionsBuilder().AddUpcaster<CustomerNamedV1, CustomerNamedV2>(CustomerNamedV2.Upcast).Add<CustomerNamed>(),
        "Gap: customer.named: v1 -> v2 -> ? -> v3; no upcaster starts at customer.named v2.");

    [Test]
    public void A_hop_over_a_version_is_a_gap() => Refused(
        new EventVersionsBuilder().AddUpcaster(static (in CustomerNamedV1 e) => new CustomerNamed(e.Name, "", "")),
        "Gap: customer.named v1 -> v3 leaves out v2");

    [Test]
    public void A_way_back_is_a_downgrade_or_a_cycle()
    {
        Refused(
            new EventVersionsBuilder().AddUpcaster(static (in CustomerNamedV2 e) => new CustomerNamedV1(e.First)),
            "Downgrade: customer.named v2 -> v1");
        Refused(
            new EventVersionsBuilder().AddUpcaster<CustomerNamedV1, CustomerNamedV2>(CustomerNamedV2.Upcast)
                .AddUpcaster<CustomerNamedV2, CustomerNamed>(CustomerNamed.Upcast)
                .AddUpcaster(static (in CustomerNamed e) => new CustomerNamedV1(e.First)),
            "Cycle: customer.named v1 -> v2 -> v3 -> v1.");
        Refused(
            new EventVersionsBuilder().AddUpcaster(static (in CustomerNamed e) => e),
            "Cycle: customer.named v3 -> v3.");
    }

    [Test]
    public void Two_ways_from_one_version_are_ambiguous() => Refused(
        new EventVersionsBuilder()
            .AddUpcaster<CustomerNamedV2, CustomerNamed>(CustomerNamed.Upcast)
            .AddUpcaster<CustomerNamedV2, CustomerNamed>(CustomerNamed.Upcast),
        "Ambiguity: 2 upcasters start at customer.named v2: "
            + "customer.named v2 -> customer.named v3, customer.named v2 -> customer.named v3.");

    [Test]
    public void Two_types_of_one_version_are_ambiguous() => Refused(
        new EventVersionsBuilder().Add<CustomerNamed>().Add<AlsoThird>(), "Ambiguity: customer.named v3 is declared by");

    [Test]
    public void A_hop_to_another_event_is_refused() => Refused(
        new EventVersionsBuilder().AddUpcaster(static (in CustomerNamedV1 _) => new Renamed()),
        "Another event: customer.named v1 -> customer.renamed v2");

    [Test]
    public void Versions_count_from_one() =>
        Refused(new EventVersionsBuilder().Add<Zeroth>(), "versions count from 1, and customer.zeroth v0 does not");

    [Test]
    public void Descriptors_have_the_names_that_keep_versions_apart()
    {
        Refused(new EventVersionsBuilder().Add<CustomerNamedV2>(), "named \"customer.named.v2\" and has to be named \"customer.named\"");
        Assert.That(EventVersions.DescriptorName("customer.named", 2), Is.EqualTo(CustomerNamedV2.Descriptor.Name));
    }

    [Test]
    public void A_second_decoder_is_refused() => Assert.That(
        Thrown.By<InvalidOperationException>(static () => new EventVersionsBuilder()
            .AddDecoder<CustomerNamed>(CustomerNamed.Decode).AddDecoder<CustomerNamed>(CustomerNamed.Decode)).Message,
        Does.Contain("customer.named v3").And.Contain("a decoder already"));

    private static void Refused(EventVersionsBuilder builder, string message) =>
        Assert.That(Thrown.By<EventVersionException>(() => builder.Build()).Message, Does.Contain(message));

    private sealed record AlsoThird : IVersionedEvent<AlsoThird>
    {
        public static EventDescriptor Descriptor { get; } = new("customer.named");

        public static string EventName => "customer.named";

        public static int Version => 3;
    }

    private sealed record Renamed : IVersionedEvent<Renamed>
    {
        public static EventDescriptor Descriptor { get; } = new("customer.renamed");

        public static string EventName => "customer.renamed";

        public static int Version => 2;
    }

    private sealed record Zeroth : IVersionedEvent<Zeroth>
    {
        public static EventDescriptor Descriptor { get; } = new("customer.zeroth");

        public static string EventName => "customer.zeroth";

        public static int Version => 0;
    }
}
