using Engine.Bus.Configuration;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Configuration;

/// <summary>The two parsers of settings: what they make of texts, and where they say an error is.</summary>
internal sealed class SettingsTextTests
{
    [Test]
    public void Nested_mappings_and_lists_become_paths() => Assert.That(
        SettingsFormats.Parse("a:\n  b: 1\n  c: [x, {d: 'it''s'}]\ne: ~\nf: '~'\ng: |\n  two\n  lines\n", SettingsFormat.Yaml, "t").Values,
        Is.EquivalentTo(new Dictionary<string, string?>
        {
            ["a:b"] = "1",
            ["a:c:0"] = "x",
            ["a:c:1:d"] = "it's",
            ["e"] = null,
            ["f"] = "~",
            ["g"] = "two\nlines\n",
        }));

    [Test]
    public void Json_gives_the_same_paths() => Assert.That(
        SettingsFormats.Parse("""{"a":{"b":1,"c":["x",{"d":"it's"}]},"e":null,"f":true,"a:h":2.50}""", SettingsFormat.Json, "t").Values,
        Is.EquivalentTo(new Dictionary<string, string?>
        {
            ["a:b"] = "1",
            ["a:c:0"] = "x",
            ["a:c:1:d"] = "it's",
            ["e"] = null,
            ["f"] = "true",
            ["a:h"] = "2.50",
        }));

    [TestCase("a: 1\nb: [1, 2\nc: 3\n", 2, "breaks off")]
    [TestCase("a: 1\nb: [1", 3, "did not find expected")]
    [TestCase("a: 1\n  b: 2\n", 2, "")]
    [TestCase("a: \"open\n", 1, "")]
    [TestCase("a: 1\nA: 2\n", 2, "the key A is there twice")]
    [TestCase("a:\n  b: 1\na:b: 2\n", 3, "the key a:b is there twice")]
    [TestCase("a: &x 1\n", 1, "anchors are not supported")]
    [TestCase("a: *x\n", 1, "aliases are not supported")]
    [TestCase("a: !!str 5\n", 1, "tags are not supported")]
    [TestCase("x: 1\n<<: {b: 2}\n", 2, "merge keys are not supported")]
    [TestCase("? [a]\n: 1\n", 1, "a key must be a word")]
    [TestCase("- 1\n", 1, "a mapping at the top")]
    [TestCase("a: 1\n---\nb: 2\n", 2, "one document")]
    public void A_mistake_in_yaml_is_named_with_source_line_and_column(string text, int line, string problem)
    {
        SettingsFormatException error = Thrown.By<SettingsFormatException>(
            () => SettingsFormats.Parse(text, SettingsFormat.Yaml, "bus.yaml"));
        Assert.That(error.Message, Does.StartWith($"bus.yaml({line},").And.Contain(problem));
        Assert.That(error.Line, Is.EqualTo(line));
        Assert.That(error.Column, Is.Positive);
    }

    [TestCase("{\n  \"a\": 1,\n  \"b\": ?\n}", 3)]
    [TestCase("{\n  \"a\": 1", 2)]
    public void A_mistake_in_json_is_named_with_source_line_and_column(string text, int line)
    {
        SettingsFormatException error = Thrown.By<SettingsFormatException>(
            () => SettingsFormats.Parse(text, SettingsFormat.Json, "bus.json"));
        Assert.That(error.Message, Does.StartWith($"bus.json({line},"));
    }

    [TestCase("{\n  \"a\": { \"b\": 1 },\n  \"c\": 2,\n  \"A\": { \"d\": 1 }\n}", 4, 8, "the key A is there twice")]
    [TestCase("{\n  \"x\": { \"a\": { \"b\": 1 } },\n  \"x:a\": { \"c\": 1 }\n}", 3, 10, "the key x:a is there twice")]
    [TestCase("{\n  \"a\": \"\\ud800\"\n}", 2, 8, "not UTF-16 text")]
    [TestCase("{\n  \"\\udc00\": 1\n}", 2, 3, "not UTF-16 text")]
    [TestCase("{\n  \"a\": \"¤\"\n}", 2, 9, "not UTF-16 text")]
    public void Sections_that_are_there_twice_and_half_characters_are_errors_in_json(string text, int line, int column, string problem)
    {
        SettingsFormatException error = Thrown.By<SettingsFormatException>(
            () => SettingsFormats.Parse(WithHalf(text), SettingsFormat.Json, "bus.json"));
        Assert.That((error.Line, error.Column), Is.EqualTo((line, column)));
        Assert.That(error.Problem, Does.Contain(problem));
    }

    [TestCase("a:\n  b: 1\nc: 2\na:\n  d: 1\n", 4, "the key a is there twice")]
    [TestCase("x:\n  a:\n    b: 1\nx:a:\n  c: 1\n", 5, "the key x:a is there twice")]
    [TestCase("a: 1\nb: \"\\uD800\"\n", 2, "")]
    [TestCase("a: 1\nb: ¤\n", 2, "not UTF-16 text")]
    public void Sections_that_are_there_twice_and_half_characters_are_errors_in_yaml(string text, int line, string problem)
    {
        SettingsFormatException error = Thrown.By<SettingsFormatException>(
            () => SettingsFormats.Parse(WithHalf(text), SettingsFormat.Yaml, "bus.yaml"));
        Assert.That((error.Line, error.Column > 0), Is.EqualTo((line, true)));
        Assert.That(error.Problem, Does.Contain(problem));
    }

    [TestCase("[1]", "an object at the top")]
    [TestCase("{\"a\":1,\"A\":2}", "the key A is there twice")]
    [TestCase("  \n", "it is empty")]
    public void Other_mistakes_in_json_are_named(string text, string problem) => Assert.That(
        Thrown.By<SettingsFormatException>(() => SettingsFormats.Parse(text, SettingsFormat.Json, "bus.json")).Message, Does.Contain(
            problem));

    [TestCase("# Nothing but a comment.\n")]
    [TestCase("---\n")]
    [TestCase("--- {}\n...\n")]
    public void Yaml_without_keys_has_no_settings(string text) =>
        Assert.That(SettingsFormats.Parse(text, SettingsFormat.Yaml, "t").Values, Is.Empty);

    [Test]
    public void Nesting_has_a_limit([Values] bool isYaml)
    {
        string text = isYaml
            ? string.Concat(Enumerable.Repeat("{a: ", 10_000))
            : string.Concat(Enumerable.Repeat("{\"a\":", 10_000));
        Assert.Throws<SettingsFormatException>(() => SettingsFormats.Parse(text, isYaml ? SettingsFormat.Yaml : SettingsFormat.Json, "t"));
    }

    [Test]
    public void Whatever_is_cut_out_of_a_text_it_is_read_or_refused_with_one_kind_of_error([Values] bool isYaml)
    {
        const string Yaml = "a: 1\nb:\n  - x\n  - {c: 'it', d: [1, \"2\"]}\n? k\n: |\n  text\n  more\ne: &f g\nh: *f\ni: !t j\n...\n";
        const string Json = """{ "a": 1, /* b */ "c": [ "x", { "d": null } ], "e": 1.5e3, "f": "\u0041", }""";
        string text = isYaml ? Yaml : Json;
        int refused = 0;
        for (int start = 0; start <= text.Length; start++)
        {
            for (int length = 0; length <= text.Length - start; length++)
            {
                try
                {
                    SettingsFormats.Parse(text.Remove(start, length), isYaml ? SettingsFormat.Yaml : SettingsFormat.Json, "t");
                }
                catch (SettingsFormatException)
                {
                    refused++;
                }
            }
        }

        Assert.That(refused, Is.Positive);
    }

    // An attribute cannot have half a character: it is kept as UTF-8.
    private static string WithHalf(string text) => text.Replace('¤', '\ud800');
}
