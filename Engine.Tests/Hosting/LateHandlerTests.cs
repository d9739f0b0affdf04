using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Hosting;

/// <summary>
/// A handler that comes back after the stop has given it up: the report of the stop and the ledger agree, then and later.
/// </summary>
internal sealed class LateHandlerTests
{
    private const int Events = 10;

    [Test]
    public async Task Report_and_ledger_agree_after_the_handler_has_come_back([Values] bool isShared, [Values] bool isBatch)
    {
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        EventEngine engine = new EngineBuilder().Configure(static options => options.DispatcherCount = 1).AddVmEvents().Build();
        await using (engine)
        {
            if (isBatch)
                engine.SubscribeBatch((ReadOnlySpan<PageFaulted> _, in Envelope _) => Hang());
            else
                engine.Subscribe((in PageFaulted _, in Envelope _) => Hang());
            Publish(engine, isShared);
            engine.Start();
            entered.Wait(Eventually.HangGuard);

            StopReport report = await engine.StopAsync(TimeSpan.FromMilliseconds(1));
            Assert.That((report.IsDrained, report.LeftCount), Is.EqualTo((false, Events)));
            release.Set();
            await engine.Dispatcher.WhenEnded().WaitAsync(Eventually.HangGuard);

            RingLedger ledger = engine.GetStatistics().Of<PageFaulted>().Ledger;
            Assert.That((ledger.Published, ledger.Dispatched, ledger.Buffered), Is.EqualTo((Events, 0, Events)));
        }

        void Hang()
        {
            entered.Set();
            release.Wait(Eventually.HangGuard);
        }
    }

    private static void Publish(EventEngine engine, bool isShared)
    {
        if (isShared)
        {
            SharedEventLane<PageFaulted> shared = engine.GetSharedLane<PageFaulted>();
            for (int i = 0; i < Events; i++)
                shared.Publish(default);
            return;
        }

        EventLane<PageFaulted> lane = engine.CreateProducer().GetLane<PageFaulted>();
        for (int i = 0; i < Events; i++)
            lane.Publish(default);
    }
}
