using Engine.Emulator.Loading;

namespace Engine.Tests.Emulator.Loading;

public sealed class GuestFileTests
{
    [Test]
    public void Disk_is_opened_for_writing()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[512]);
            using var disk = GuestFile.OpenDisk(path);
            Assert.That((disk.ByteCount, disk.IsReadOnly), Is.EqualTo((512L, false)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Missing_disk_is_explained() =>
        Assert.That(
            () => GuestFile.OpenDisk("/no/such/disk.img"),
            Throws.TypeOf<GuestLoadException>().With.Message.EqualTo("/no/such/disk.img: no such file"));

    [TestCase("")]
    [TestCase("/")]
    public void What_is_no_file_is_explained(string path)
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => GuestFile.OpenDisk(path), Throws.TypeOf<GuestLoadException>());
            Assert.That(() => GuestFile.ReadAllBytes(path), Throws.TypeOf<GuestLoadException>());
        });
    }
}
