using System.Diagnostics;
using Engine.Cluster.Local;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>A server's process ends with its owner, whatever signals came before.</summary>
[TestFixture, Category("Process")]
internal sealed class OwnedProcessTests
{
    [Test]
    public void A_server_ends_with_its_owner_although_its_watch_was_asked_to_end_before()
    {
        OwnedProcess owned = OwnedProcess.Start("sleep", ["600"]);
        Eventually.IsTrue(() => owned.ServerId is not null);
        int server = owned.ServerId!.Value;
        string shell = File.ReadAllText($"/proc/{server}/stat").Split(' ')[3];
        foreach (string id in File.ReadAllText($"/proc/{shell}/task/{shell}/children").Split(' ').Append(shell))
        {
            if (id.Length > 0 && id != $"{server}")
                Process.Start("kill", ["-TERM", id]).WaitForExit();
        }

        Assert.That(owned.HasExited, Is.False);
        owned.Dispose();
        Assert.That(Directory.Exists($"/proc/{server}"), Is.False);
    }

    [Test]
    public void One_that_ends_by_itself_is_known_to_have_ended()
    {
        using OwnedProcess owned = OwnedProcess.Start("true", []);
        Eventually.IsTrue(() => owned.HasExited);
        Assert.That(owned.ServerId, Is.Null);
    }
}
