using System.Text.RegularExpressions;
using Engine.Events;

namespace Engine.Tests.Properties;

/// <summary>What is a name of an event, against a regular expression that says the same.</summary>
internal sealed partial class EventNameProperties
{
    private const string Alphabet = "az09--..A_ é\n";

    [Test]
    public void Every_text_of_up_to_five_characters_is_a_name_exactly_if_the_expression_says_so()
    {
        int names = 0;
        var text = new char[5];
        for (int length = 0; length <= text.Length; length++)
        {
            int count = (int)Math.Pow(Alphabet.Length, length);
            for (int number = 0; number < count; number++)
            {
                for (int i = 0, rest = number; i < length; i++, rest /= Alphabet.Length)
                    text[i] = Alphabet[rest % Alphabet.Length];
                string candidate = new(text, 0, length);
                bool expected = NamePattern().IsMatch(candidate);
                names += expected ? 1 : 0;
                if (EventDescriptor.IsName(candidate) != expected)
                    Assert.Fail($"\"{candidate}\" should be {(expected ? "a" : "no")} name.");
            }
        }

        Assert.That(names, Is.Positive);
        Assert.That(EventDescriptor.IsName(null), Is.False);
    }

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*(\\.[a-z0-9]+(-[a-z0-9]+)*)*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
