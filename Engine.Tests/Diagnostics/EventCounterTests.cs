using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Diagnostics;

/// <summary>Event counters are the totals of all engines of the process, whether they still run or not.</summary>
[NonParallelizable]
internal sealed class EventCounterTests
{
    [Test]
    public void Rates_add_up_to_what_was_published_also_by_engines_that_stop_meanwhile()
    {
        using var listener = new CounterListener();
        // What engines of the process did before is in the first increment, or in none.
        Eventually.IsTrue(() => listener.CountOf("events-published") > 0 && listener.CountOf("handler-errors") > 0);
        double published = listener.TotalOf("events-published");
        double errors = listener.TotalOf("handler-errors");
        for (int i = 1; i <= 3; i++)
        {
            PublishAndStop(100);
            double expected = published + (100 * i);
            Eventually.IsTrue(() => listener.TotalOf("events-published") >= expected);
            Assert.That(listener.TotalOf("events-published"), Is.EqualTo(expected));
        }

        Eventually.IsTrue(() => listener.TotalOf("handler-errors") >= errors + 3);
        Assert.That(listener.TotalOf("handler-errors"), Is.EqualTo(errors + 3));
    }

    [Test]
    public void Values_are_those_of_running_engines()
    {
        using var listener = new CounterListener();
        Eventually.IsTrue(() => listener.CountOf("ring-depth") > 0 && listener.CountOf("engines-running") > 0);
        double depth = listener.LastOf("ring-depth");
        double engines = listener.LastOf("engines-running");
        EventEngine engine = Engines.Start();
        using var gate = new ManualResetEventSlim();
        engine.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) => Eventually.IsOpen(gate));
        using EventProducer producer = engine.CreateProducer();
        for (int i = 0; i < 7; i++)
            producer.GetLane<Number>().Publish(new Number(i));
        Eventually.IsTrue(() => listener.LastOf("ring-depth") == depth + 7);
        Eventually.IsTrue(() => listener.LastOf("engines-running") == engines + 1);

        gate.Set();
        engine.StopDrained();
        Eventually.IsTrue(() => listener.LastOf("engines-running") == engines);
        Eventually.IsTrue(() => listener.LastOf("ring-depth") == depth);
    }

    private static void PublishAndStop(int count)
    {
        EventEngine engine = Engines.Start();
        engine.Subscribe<Number>(static (in number, in _) =>
        {
            if (number.Value == 0)
                throw new InvalidDataException();
        });
        using EventProducer producer = engine.CreateProducer();
        for (int i = 0; i < count; i++)
            producer.GetLane<Number>().Publish(new Number(i));
        engine.StopDrained();
    }
}
