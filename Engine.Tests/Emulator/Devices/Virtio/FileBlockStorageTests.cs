using Engine.Emulator.Devices.Virtio;

namespace Engine.Tests.Emulator.Devices.Virtio;

public sealed class FileBlockStorageTests
{
    private string _path = null!;

    [SetUp]
    public void CreateFile() => _path = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void Last_sector_that_the_file_does_not_fill_reads_as_zeros()
    {
        File.WriteAllBytes(_path, [.. Enumerable.Repeat((byte)7, 700)]);
        using var storage = FileBlockStorage.Open(_path);
        Assert.That(storage.ByteCount, Is.EqualTo(1024));

        byte[] sector = [.. Enumerable.Repeat((byte)9, 512)];
        storage.Read(512, sector);
        Assert.That(sector, Is.EqualTo(Enumerable.Repeat((byte)7, 188).Concat(new byte[324])));
    }

    [Test]
    public void What_is_written_is_in_the_file()
    {
        File.WriteAllBytes(_path, new byte[1024]);
        using (var storage = FileBlockStorage.Open(_path))
        {
            Assert.That(storage.IsReadOnly, Is.False);
            storage.Write(512, [1, 2, 3]);
            storage.Flush();
        }

        Assert.That(File.ReadAllBytes(_path)[512..515], Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void Missing_file_is_an_error() =>
        Assert.That(() => FileBlockStorage.Open(_path + ".missing"), Throws.InstanceOf<IOException>());
}
