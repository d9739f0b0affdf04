using Engine.Cluster.Local;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>What was started for a while leaves nothing behind.</summary>
[Platform("Linux")]
internal sealed class OwnedProcessTests
{
    [Test]
    public void What_a_server_starts_ends_with_it()
    {
        using var folder = new TemporaryFolder();
        string file = folder.PathOf("child");
        // A server that is a script, as RabbitMQ's is: its work is done by a child.
        using (OwnedProcess.Start("/bin/sh", ["-c", $"sleep 1000 & echo $! >{file}.new; mv {file}.new {file}; wait"]))
            Eventually.IsTrue(() => File.Exists(file));
        int child = int.Parse(File.ReadAllText(file));
        Eventually.IsTrue(() => !IsRunning(child));
    }

    private static bool IsRunning(int id)
    {
        try
        {
            // "1234 (sleep) S ..."; nobody may have taken note of its end yet.
            string stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
