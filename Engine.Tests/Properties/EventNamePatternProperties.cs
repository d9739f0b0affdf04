using System.Text.RegularExpressions;
using Engine.Bus;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>Matching of event names against a regular expression that says the same.</summary>
public class EventNamePatternProperties
{
    private static readonly Gen<string> Level = Gen.Elements("a", "b", "ab", "a-b");

    [Test]
    public void Matches_what_the_regular_expression_matches() =>
        Prop.ForAll(Joined(Gen.OneOf(Level, Gen.Elements("*", "**"))).ToArbitrary(), Joined(Level).ToArbitrary(), (pattern, name) =>
            EventNamePattern.Parse(pattern).Matches(name) == Regex.IsMatch(name, Expression(pattern)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000).WithQuietOnSuccess(true));

    [Test]
    public void Each_wildcard_that_replaces_a_level_keeps_the_match() =>
        Prop.ForAll(Joined(Level).ToArbitrary(), name =>
        {
            string[] levels = name.Split('.');
            return Enumerable.Range(0, levels.Length).All(i =>
                EventNamePattern.Parse(With(levels, i, "*")).Matches(name) && EventNamePattern.Parse(With(levels, i, "**")).Matches(name));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    private static Gen<string> Joined(Gen<string> level) =>
        from count in Gen.Choose(1, 5)
        from levels in level.ArrayOf(count)
        select string.Join('.', levels);

    private static string With(string[] levels, int index, string level) =>
        string.Join('.', levels.Select((old, i) => i == index ? level : old));

    // Each level brings its own dot, so that "**" may stand for none.
    private static string Expression(string pattern) =>
        "^" + string.Concat(pattern.Split('.').Select(static level => level switch
        {
            "*" => @"([^.]+(\.|$))",
            "**" => @"([^.]+(\.|$))*",
            _ => Regex.Escape(level) + @"(\.|$)",
        })) + "$";
}
