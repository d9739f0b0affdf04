using Engine.Emulator.Devices;

namespace Engine.Tests.Emulator.Devices;

public sealed class TestFinisherTests
{
    [TestCase(0x5555u, 0, false)]
    [TestCase(0x7777u, 0, true)]
    [TestCase(0x0007_3333u, 7, false)]
    [TestCase(0xFFFF_3333u, 0xFFFF, false)]
    public void Command_ends_the_run(uint command, int exitCode, bool isReset)
    {
        var finisher = new TestFinisher();
        finisher.Write(0, command, 4);
        Assert.Multiple(() =>
        {
            Assert.That(finisher.ExitRequested, Is.True);
            Assert.That(finisher.ExitCode, Is.EqualTo(exitCode));
            Assert.That(finisher.ResetRequested, Is.EqualTo(isReset));
        });
    }

    [TestCase(0ul, 0x1234u, 4)]
    [TestCase(0ul, 0x55u, 1)]
    [TestCase(4ul, 0x5555u, 4)]
    public void Anything_else_is_ignored(ulong offset, uint value, int size)
    {
        var finisher = new TestFinisher();
        finisher.Write(offset, value, size);
        Assert.That(finisher.ExitRequested, Is.False);
    }

    [Test]
    public void State_survives_a_snapshot()
    {
        var finisher = new TestFinisher();
        finisher.Write(0, 0x0003_3333, 4);
        var restored = new TestFinisher();
        DeviceState.Copy(finisher, restored);
        Assert.That((restored.ExitRequested, restored.ExitCode), Is.EqualTo((true, 3)));
    }
}
