using Engine.Emulator.Devices;

namespace Engine.Tests.Emulator.Devices;

/// <summary>Carries a device's state to another instance, as a snapshot does.</summary>
internal static class DeviceState
{
    public static void Copy(IMmioDevice from, IMmioDevice to)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
            from.Save(writer);

        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        to.Restore(reader);
        Assert.That(stream.Position, Is.EqualTo(stream.Length), "Restore has to read what Save wrote, no less.");
    }
}
