using System.Diagnostics;
using System.Globalization;
using Engine.Storage.Journals;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Journals;

/// <summary>What a file of the file system takes of it.</summary>
[Platform("Linux", Reason = "Blocks are counted by stat.")]
public sealed class DiskFilesTests
{
    private const long Capacity = 1 << 20;

    [TestCase(Capacity, ExpectedResult = true)]
    [TestCase(Capacity - 1, ExpectedResult = false)]
    public bool Room_is_reserved_only_where_there_is_enough(long freeBytes)
    {
        using var folder = new TemporaryFolder();
        var files = new DiskFiles(folder.PathOf("."), () => freeBytes);
        using (IJournalFile file = files.Create("segment", Capacity))
        {
            long blocks = BlocksOf(folder.PathOf("segment"));
            file.Write([new byte[] { 1, 2, 3 }], 0);
            var read = new byte[3];
            Assert.That(file.Read(read, 0), Is.EqualTo(3));
            Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3 }));
            return blocks > 0;
        }
    }

    [Test]
    public void The_file_system_is_asked_how_much_there_is()
    {
        using var folder = new TemporaryFolder();
        using (new DiskFiles(folder.PathOf(".")).Create("segment", Capacity))
            Assert.That(BlocksOf(folder.PathOf("segment")), Is.Positive);
    }

    private static long BlocksOf(string path)
    {
        using Process stat = Process.Start(
            new ProcessStartInfo("stat", ["-c", "%b", path]) { RedirectStandardOutput = true })!;
        string blocks = stat.StandardOutput.ReadToEnd();
        stat.WaitForExit();
        return long.Parse(blocks, CultureInfo.InvariantCulture);
    }
}
