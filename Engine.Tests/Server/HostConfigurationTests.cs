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
