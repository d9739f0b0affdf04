using System.Text;
using Engine.Cluster.Fleet;
using Engine.Fleet.Cli;
using Engine.Tests.Support;
using Engine.Tooling;

namespace Engine.Tests.Cluster;

/// <summary>The file of those who may command: what is no key is refused by line, and nothing of a key is shown.</summary>
[TestFixture]
internal sealed class CommandKeyFileTests
{
    private const string Key = "00112233445566778899aabbccddeeff";

    [Test]
    public void Lines_remarks_and_verbs_are_read()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("keys", $"# who\n\nops@site.1 {Key} record,stop-recording\r\nroot  {Key}00  *\n");
        Assert.That(
            CommandKeyFile.Read("--keys", file).Select(static key => (key.ToString(), key.Key.Length)),
            Is.EqualTo(new[] { ("ops@site.1: record, stop-recording", 16), ("root: *", 17) }));
    }

    [TestCase($"ops {Key}", "2 parts")]
    [TestCase($"ops {Key} cut more", "4 parts")]
    [TestCase($"ops\t{Key}\tcut", "1 parts")]
    [TestCase($"o\u0007ps {Key} cut", "an issuer has")]
    [TestCase($"öps {Key} cut", "an issuer has")]
    [TestCase("ops 0011 cut", "32 or more hexadecimal digits")]
    [TestCase($"ops {Key}0 cut", "an even number")]
    [TestCase($"ops {Key} cut,", "verbs are names")]
    [TestCase($"ops {Key} ,", "verbs are names")]
    [TestCase($"ops {Key} cut,,record", "verbs are names")]
    [TestCase($"ops {Key} Cut", "verbs are names")]
    [TestCase($"ops {Key} cut\nops {Key} cut", "line 2: \"ops\" is there twice")]
    public void What_is_no_key_is_refused_by_its_line(string text, string problem)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("keys", text);
        UsageException error = Assert.Throws<UsageException>(() => CommandKeyFile.Read("--keys", file))!;
        Assert.That(error.Message, Does.StartWith("--keys: ").And.Contain("line ").And.Contain(problem).And.Not.Contain(Key));
    }

    [Test]
    public void Bytes_that_are_no_text_are_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder.PathOf("keys");
        File.WriteAllBytes(file, [.. Encoding.ASCII.GetBytes($"ops {Key} cut"), 0xFF, 0xFE]);
        Assert.That(
            () => CommandKeyFile.Read("--keys", file),
            Throws.InstanceOf<UsageException>().With.Message.Contains("bytes that are not UTF-8"));
    }

    [TestCase("", "record", "An issuer has")]
    [TestCase("o ps", "record", "An issuer has")]
    [TestCase("ops", "", "The verbs of \"ops\"")]
    [TestCase("ops", " record", "The verbs of \"ops\"")]
    public void Keys_given_in_code_have_the_same_rules(string issuer, string verb, string problem)
    {
        var options = new FleetCommandOptions { Keys = [new CommandKey(issuer, new byte[16], [verb])], TrailFile = "trail" };
        Assert.That(
            () => new FleetCommands(options, new Dictionary<string, CommandHandler>()),
            Throws.ArgumentException.With.Message.Contains(problem));
    }
}
