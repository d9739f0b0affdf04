using Engine.Gateway.Hosting;
using Engine.Tests.Support;
using Engine.Tooling;

namespace Engine.Tests.Server;

/// <summary>Settings of a host: all that is wrong is said at once.</summary>
public sealed class HostConfigurationTests
{
    [Test]
    public void Key_that_nobody_knows_hides_no_value_that_is_wrong()
    {
        string message = Assert.Throws<UsageException>(static () => HostConfiguration.Read(
            [],
            [
                "Sse:Hartbeat=1", "Sse:Heartbeat=00:00:00", "Sse:BatchEvents=many", "Sse:MaxConnections:Deep=1", "Sse:Retry=01:00:00",
                "Access:Keys:0:Nam=x", "Access:Keys:0:Hash=plain", "LogFeed:MaxPerSecond=0", "LogFeed:Redact=x", "Log:Level=1",
            ]))!.Message;
        Assert.Multiple(() =>
        {
            Assert.That(message, Does.Contain("Sse:Hartbeat is no setting; known are Path, Heartbeat"));
            Assert.That(message, Does.Contain("Sse:Heartbeat must be from 00:00:01 to 00:05:00; it is 00:00:00"));
            Assert.That(message, Does.Contain("Sse:BatchEvents: ").And.Contain("many"));
            Assert.That(message, Does.Contain("Sse:MaxConnections:Deep is no setting"));
            Assert.That(message, Does.Contain("Sse:Retry must be from"));
            Assert.That(message, Does.Contain("Access:Keys:0:Nam is no setting").And.Contain("Access:Keys:0:Name must not be empty"));
            Assert.That(message, Does.Contain("Access:Keys:0:Hash must be"));
            Assert.That(message, Does.Contain("LogFeed:MaxPerSecond must be from 1").And.Contain("LogFeed:Redact is no setting"));
            Assert.That(message, Does.Contain("Log is no section"));
        });
    }

    [TestCase("""{ "Sse": 5 }""", "Sse must be a section; it is \"5\"")]
    [TestCase("""{ "Access": true }""", "Access must be a section")]
    [TestCase("""{ "Store": "x" }""", "Store must be a section")]
    [TestCase("""{ "Access": { "Keys": 7 } }""", "Access:Keys must be a list")]
    [TestCase("""{ "Access": { "Keys": { "a": {} , "b": {"Name": "n"} } } }""", "Access:Keys must be a list")]
    [TestCase("""{ "Access": { "Keys": [ "secret" ] } }""", "Access:Keys:0 must be a section")]
    [TestCase("""{ "LogFeed": { "Categories": { "a": "b" } } }""", "LogFeed:Categories must be a list")]
    [TestCase("""{ "Sse": { }, "Sse": { } }""", "a.json(1,22): the key Sse is there twice")]
    [TestCase("""{ "Sse": { "Path": "/a", "path": "/b" } }""", "is there twice")]
    [TestCase("""{ "Sse": { "Path": "\ud800" } }""", "a.json(1,20): it is not UTF-16 text")]
    [TestCase("[]", "settings must be an object at the top")]
    [TestCase("  ", "it is empty")]
    [TestCase("", "it is empty")]
    [TestCase("""{ "Sse": """, "a.json(1,")]
    public void A_file_that_is_wrong_is_told_of_with_its_place(string text, string problem)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.json", text);
        Assert.That(
            Assert.Throws<UsageException>(() => HostConfiguration.Read([file], [], "Store"))!.Message,
            Does.Contain(problem).And.Not.Contain("Exception"));
    }

    [Test]
    public void Bytes_that_are_no_text_and_files_without_measure_are_refused()
    {
        using var folder = new TemporaryFolder();
        string latin = folder.Write("latin.json", [.. "{\"Sse\":{\"Path\":\"/"u8, 0xFF, .. "\"}}"u8]);
        string huge = folder.Write("huge.json", new string(' ', 5 << 20));
        Assert.Multiple(() =>
        {
            Assert.That(() => HostConfiguration.Read([latin], []), Throws.TypeOf<UsageException>().With.Message.Contains("not UTF-8"));
            Assert.That(
                () => HostConfiguration.Read([huge], []), Throws.TypeOf<UsageException>().With.Message.Contains("more than 4194304"));
        });
    }

    [Test]
    public void Environment_sets_what_is_in_a_section_and_other_variables_are_no_fault()
    {
        Environment.SetEnvironmentVariable("ENGINE_SOMETHING", "else");
        Environment.SetEnvironmentVariable("ENGINE_Sse__HistoryEvents", "5");
        try
        {
            Assert.That(HostConfiguration.Read([], []).Gateway.HistoryEvents, Is.EqualTo(5));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ENGINE_SOMETHING", null);
            Environment.SetEnvironmentVariable("ENGINE_Sse__HistoryEvents", null);
        }
    }

    [Test]
    public void Values_are_taken_whatever_the_case_of_their_keys_and_later_ones_win()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.json", """{ "sse": { "heartbeat": "00:00:05", "BatchEvents": 7 } }"""u8.ToArray());
        var configuration = HostConfiguration.Read(
            [file],
            [
                "Sse:BatchEvents=8", "Access:Keys:0:Name=a", "Access:Keys:0:Types:0=system_log",
                $"Access:Keys:0:Hash=sha256:{new string('a', 64)}",
            ]);
        Assert.Multiple(() =>
        {
            Assert.That(configuration.Gateway.Heartbeat, Is.EqualTo(TimeSpan.FromSeconds(5)));
            Assert.That(configuration.Gateway.BatchEvents, Is.EqualTo(8));
            Assert.That(configuration.Access.Keys.Single().Types, Is.EqualTo(["system_log"]));
        });
    }
}
