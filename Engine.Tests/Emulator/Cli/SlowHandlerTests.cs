using System.Diagnostics;
using Engine.Emulator.Cli;
using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Cli;

public sealed class SlowHandlerTests
{
    [Test]
    public void An_event_takes_the_set_time()
    {
        var handler = new SlowHandler<BlockExecuted>(TimeSpan.FromMilliseconds(5));
        long start = Stopwatch.GetTimestamp();
        handler.Handle(default, default);
        Assert.That(Stopwatch.GetElapsedTime(start), Is.GreaterThanOrEqualTo(TimeSpan.FromMilliseconds(5)));
    }

    [Test]
    public void A_setting_is_an_event_type_and_a_time() =>
        Assert.That(
            SlowHandlerSetting.Parse("vm.block=250"), Is.EqualTo(new SlowHandlerSetting("vm.block", TimeSpan.FromMicroseconds(250))));
}
