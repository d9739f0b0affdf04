using Engine.Events;
using Engine.Gateway.Events;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

public class WireNamesTests
{
    private static readonly string[] Names = ["node.status", "node.metrics", "vm.page-fault"];

    [Test]
    public void Names_lead_to_and_fro()
    {
        var wire = new WireNames(Names, new Dictionary<string, string> { ["node.metrics"] = "com.example/NodeMetrics" });
        Assert.That(wire.All, Is.EquivalentTo(new Dictionary<string, string>
        {
            ["node.status"] = "node_status",
            ["node.metrics"] = "com.example/NodeMetrics",
            ["vm.page-fault"] = "vm_page_fault",
        }));
        foreach ((string name, string wireName) in wire.All)
        {
            Assert.That((wire.TryGetWireName(name, out string? there), there), Is.EqualTo((true, wireName)));
            Assert.That((wire.TryGetEventName(wireName, out string? back), back), Is.EqualTo((true, name)));
        }

        Assert.That(wire.TryGetWireName("node_status", out _), Is.False);
        Assert.That(wire.TryGetEventName("node.status", out _), Is.False);
        Assert.That(wire.ToString(), Is.EqualTo("3 wire names"));
    }

    [Test]
    public void Two_events_cannot_have_one_wire_name() => Refused(
        ["vm.page-fault", "vm.page.fault", "vm.block"],
        null,
        "The wire name \"vm_page_fault\" stands for vm.page-fault and for vm.page.fault");

    [Test]
    public void A_name_of_ones_own_cannot_be_anothers_default() => Refused(
        ["node.status", "node.state"],
        new() { ["node.state"] = "node_status" },
        "The wire name \"node_status\" stands for node.status and for node.state");

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a\nb")]
    [TestCase("a\n")]
    [TestCase("über")]
    [TestCase("<a>")]
    public void A_wire_name_is_fit_for_a_header_a_subject_and_a_line(string wireName) => Refused(
        ["node.status"], new() { ["node.status"] = wireName }, $"\"{wireName}\" is no wire name for node.status");

    [Test]
    public void A_wire_name_is_not_endless() => Refused(
        ["node.status"], new() { ["node.status"] = new string('a', 256) }, "1 to 255 characters");

    [TestCase("node_status")]
    [TestCase("Node.status")]
    [TestCase("node.status\n")]
    [TestCase(null)]
    public void An_event_name_has_the_form_of_one(string? name) => Refused([name!], null, $"\"{name}\" is no event name");

    [Test]
    public void All_that_is_wrong_is_told_at_once()
    {
        Refused(["a", "a", "B"], new() { ["c"] = "d" }, "\"B\" is no event name");
        Refused(["a", "a", "B"], new() { ["c"] = "d" }, "\"a\" is there 2 times");
        Refused(["a", "a", "B"], new() { ["c"] = "d" }, "\"c\" has a wire name and is not among the event names");
    }

    [Test]
    public void A_descriptor_has_no_line_break_in_its_name() => Assert.That(
        static () => new EventDescriptor("node.status\n"), Throws.ArgumentException.With.Message.Contains("lower-case words"));

    private static void Refused(string[] names, Dictionary<string, string>? own, string message) =>
        Assert.That(Thrown.By<ArgumentException>(() => _ = new WireNames(names, own)).Message, Does.Contain(message));
}
