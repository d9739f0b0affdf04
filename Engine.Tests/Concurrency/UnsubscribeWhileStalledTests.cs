using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

public sealed class UnsubscribeWhileStalledTests
{
    [Test]
    public async Task A_dispatched_handler_ends_an_inline_one_that_waits_for_room_in_its_own_ring()
    {
        EventEngine engine = new EngineBuilder()
            .AddEvent<Letter>()
            .AddEvent<Number>(static d => d with { Capacity = 2 }).Build();
        EventProducer producer = engine.CreateProducer();
        EventLane<Number> numbers = producer.GetLane<Number>();
        EventLane<Letter> letters = producer.GetLane<Letter>();
        int inlineCalls = 0;
        Subscription inline = engine.Subscribe(
            (in Letter _, in Envelope _) =>
            {
                inlineCalls++;
                for (int i = 0; i < 16; i++)
                    numbers.Publish(new Number(i));
            },
            new SubscriptionOptions<Letter> { Delivery = Delivery.Inline });
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) =>
        {
            if (seen++ > 0)
                return;
            // The ring behind this event is full, so the inline handler waits for this one to end.
            Eventually.IsTrue(() => numbers.Ledger.Buffered == 2);
            inline.Dispose();
        });
        engine.Start();

        await Task.Run(() =>
        {
            letters.Publish(default);
            letters.Publish(default);
        }).WaitAsync(Eventually.HangGuard);
        StopReport report = await engine.StopAsync(Eventually.HangGuard);

        Assert.That(report.IsDrained, Is.True);
        Assert.That(inlineCalls, Is.EqualTo(1));
        Assert.That(seen, Is.EqualTo(16));
    }
}
