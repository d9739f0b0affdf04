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
    public void An_image_that_is_written_is_one_machine_s([Values] bool isReadOnly)
    {
        File.WriteAllBytes(_path, new byte[512]);
        using (FileBlockStorage.Open(_path))
        {
            Assert.That(
                () => FileBlockStorage.Open(_path, isReadOnly),
                Throws.InstanceOf<IOException>().With.Message.Contains(_path).And.Message.Contains("another machine"));
        }

        using var next = FileBlockStorage.Open(_path, isReadOnly);
        Assert.That(next.IsReadOnly, Is.EqualTo(isReadOnly));
    }

    [Test]
    public void An_image_that_is_only_read_is_any_number_s_and_no_writer_s()
    {
        File.WriteAllBytes(_path, [.. Enumerable.Repeat((byte)7, 512)]);
        using var first = FileBlockStorage.Open(_path, isReadOnly: true);
        using var second = FileBlockStorage.Open(_path, isReadOnly: true);
        byte[] sector = new byte[512];
        second.Read(0, sector);
        Assert.That((first.IsReadOnly, second.IsReadOnly, sector[0]), Is.EqualTo((true, true, 7)));
        Assert.That(() => FileBlockStorage.Open(_path), Throws.InstanceOf<IOException>().With.Message.Contains("another machine"));
    }

    [Test]
    public void A_closed_image_says_so()
    {
        File.WriteAllBytes(_path, new byte[512]);
        var storage = FileBlockStorage.Open(_path);
        storage.Dispose();
        storage.Dispose();
        Assert.Multiple(() =>
        {
            Assert.That(() => storage.Read(0, new byte[512]), Throws.TypeOf<ObjectDisposedException>());
            Assert.That(() => storage.Read(0, []), Throws.TypeOf<ObjectDisposedException>());
            Assert.That(() => storage.Write(0, new byte[512]), Throws.TypeOf<ObjectDisposedException>());
            Assert.That(storage.Flush, Throws.TypeOf<ObjectDisposedException>());
        });
    }

    [Test]
    public void Missing_file_is_an_error() =>
        Assert.That(() => FileBlockStorage.Open(_path + ".missing"), Throws.InstanceOf<IOException>());
}
