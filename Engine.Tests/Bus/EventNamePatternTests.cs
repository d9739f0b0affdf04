using Engine.Bus;
using Engine.Events.Vm;

namespace Engine.Tests.Bus;

public class EventNamePatternTests
{
    [TestCase("memory.allocated", "memory.allocated", true)]
    [TestCase("memory.allocated", "memory.freed", false)]
    [TestCase("memory.*", "memory.allocated", true)]
    [TestCase("memory.*", "memory", false)]
    [TestCase("memory.*", "memory.page.mapped", false)]
    [TestCase("memory.**", "memory", true)]
    [TestCase("memory.**", "memory.page.mapped", true)]
    [TestCase("memory.**", "memories", false)]
    [TestCase("**", "a", true)]
    [TestCase("**.freed", "memory.freed", true)]
    [TestCase("**.freed", "freed", true)]
    [TestCase("**.a.**.b", "a.a.c.a.b", true)]
    [TestCase("**.a.**.b", "a.a.c.a", false)]
    [TestCase("*", "a.b", false)]
    public void Matches(string pattern, string name, bool expected) =>
        Assert.That(EventNamePattern.Parse(pattern).Matches(name), Is.EqualTo(expected));

    [TestCase("", 1, "empty")]
    [TestCase("memory.", 8, "empty")]
    [TestCase(".memory", 1, "empty")]
    [TestCase("mem*", 4, "whole levels")]
    [TestCase("a.***", 3, "whole levels")]
    [TestCase("a.B", 3, "'B' is not allowed")]
    [TestCase("a b", 2, "' ' is not allowed")]
    [TestCase("a.-b", 3, "'-' joins")]
    [TestCase("a.b-", 4, "'-' joins")]
    [TestCase("a.b--c", 5, "'-' joins")]
    public void A_wrong_pattern_is_refused_with_its_place_and_the_rule(string pattern, int character, string rule) =>
        Assert.That(() => EventNamePattern.Parse(pattern), Throws.TypeOf<FormatException>()
            .With.Message.Contains($"\"{pattern}\", at character {character}: ").And.Message.Contains(rule));

    [Test]
    public void Every_built_in_event_name_is_a_pattern_that_matches_itself_only()
    {
        foreach (string name in VmEvents.All.Select(static type => type.Name))
        {
            EventNamePattern pattern = EventNamePattern.Parse(name);
            Assert.That(pattern.IsLiteral);
            Assert.That(VmEvents.All.Count(type => pattern.Matches(type.Name)), Is.EqualTo(1), name);
        }
    }
}
