using Engine.Bus;
using Engine.Bus.Queues;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>
/// The choice of modes and batch sizes, fed with the numbers of simple models of a handler: a constant cost per event, or a
/// cost per batch and one per event. They show what the rules lead to, not how fast anything is.
/// </summary>
public class AdaptiveModeProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [TestCase(1_000, 500, ProcessingMode.Sync, "little enough")]
    [TestCase(100_000, 500, ProcessingMode.Async, "too much")]
    [TestCase(10_000, 15_000, ProcessingMode.Async, "15.0 %")]
    [TestCase(10_000, 50_000, ProcessingMode.Batch, "batches")]
    public void The_mode_follows_cost_and_rate_and_says_why(double cost, int rate, ProcessingMode expected, string reason)
    {
        var model = new HandlerModel();
        for (int i = 0; i < 10; i++)
            model.Run(cost, rate);
        Assert.That(model.Mode.Mode, Is.EqualTo(expected));
        Assert.That(model.Mode.Reason, Does.Contain(reason));
    }

    [Test]
    public void Between_a_threshold_and_its_half_no_mode_is_left() =>
        Prop.ForAll(Gen.Choose(51, 99).ArrayOf(60).ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (percents, startsAway) =>
        {
            // The load stays between 5 % and 10 % of a thread, whatever the shares of cost and rate in it.
            var model = new HandlerModel();
            for (int i = 0; i < 20; i++)
                model.Run(startsAway ? 100_000 : 1_000, 500);
            ProcessingMode before = model.Mode.Mode;
            foreach (int percent in percents)
                model.Run(AdaptiveMode.MaxInlineCostNanoseconds * percent / 100,
                    (int)(AdaptiveMode.MaxInlineLoad * 1e9 / AdaptiveMode.MaxInlineCostNanoseconds));
            if (startsAway ? model.Mode.Mode == ProcessingMode.Sync : model.Mode.Mode != before)
                throw new InvalidOperationException($"{before} was left for {model.Mode.Mode}: {model.Mode.Reason}");
        }).Check(Thorough);

    [Test]
    public void One_spike_changes_nothing_and_a_lasting_change_does()
    {
        var model = new HandlerModel();
        for (int i = 0; i < 5; i++)
            model.Run(1_000, 1_000);
        for (int i = 1; i < AdaptiveMode.ConfirmationCount; i++)
            model.Run(200_000, 1_000);
        Assert.That(model.Mode.Mode, Is.EqualTo(ProcessingMode.Sync));
        for (int i = 0; i < 10; i++)
            model.Run(200_000, 1_000);
        Assert.That(model.Mode.Mode, Is.EqualTo(ProcessingMode.Async));
        for (int i = 0; i < 60; i++)
            model.Run(1_000, 1_000);
        Assert.That(model.Mode.Mode, Is.EqualTo(ProcessingMode.Sync), "and back");
    }

    [Test]
    public void Batch_sizes_stay_within_their_bounds() =>
        Prop.ForAll(
            Gen.Choose(0, 40_000_000).ArrayOf(80).ToArbitrary(), Gen.Choose(0, 5_000).ArrayOf(80).ToArbitrary(), (latencies, queues) =>
        {
            var options = new BatchOptions { Size = 20, MinSize = 5, MaxSize = 200, LearningRate = 0.5 };
            var batching = new SmartBatching(options, "s");
            foreach ((int latency, int queued) in latencies.Zip(queues))
            {
                batching.Record(batching.Size, latency);
                batching.Adjust(Step, queued);
                if (batching.Size is < 5 or > 200
                    || batching.MaxWait < TimeSpan.FromMilliseconds(1) || batching.MaxWait > options.TargetLatency)
                    throw new InvalidOperationException($"Size {batching.Size}, wait {batching.MaxWait}");
            }
        }).Check(Thorough);

    [Test]
    public void Batches_shrink_until_the_latency_is_the_target_and_then_stay()
    {
        // The model: events come one per 100 us; a batch takes as long as its events take to come, plus 10 us each.
        var options = new BatchOptions { Size = 1000, MaxSize = 1000, TargetLatency = TimeSpan.FromMilliseconds(10) };
        var batching = new SmartBatching(options, "s");
        long Latency() => batching.Size * 110_000L;
        for (int i = 0; i < 100; i++)
        {
            batching.Record(batching.Size, Latency());
            batching.Adjust(Step, queued: 0);
        }

        Assert.That(Latency(), Is.InRange(8_000_000, 10_000_000));
        int settled = batching.Size;
        batching.Record(settled, Latency());
        batching.Adjust(Step, queued: 0);
        Assert.That(batching.Size, Is.EqualTo(settled));
    }

    [Test]
    public void A_backlog_makes_batches_grow_however_late_they_are()
    {
        var batching = new SmartBatching(new BatchOptions { Size = 10, MaxSize = 500 }, "s");
        for (int i = 0; i < 100; i++)
        {
            batching.Record(batching.Size, nanoseconds: 1_000_000_000);
            batching.Adjust(Step, queued: 10_000);
        }

        Assert.That(batching.Size, Is.EqualTo(500));
    }

    [TestCase(1_000, 500, ProcessingMode.Async)]
    [TestCase(1_000_000, 500, ProcessingMode.Async)]
    [TestCase(0, 50_000, ProcessingMode.Batch)]
    [TestCase(10_000, 50_000, ProcessingMode.Batch)]
    public void A_handler_that_returns_a_task_is_never_on_the_publishers_thread(double cost, int rate, ProcessingMode expected)
    {
        var model = new HandlerModel(isAsync: true);
        Assert.That(model.Mode.Mode, Is.EqualTo(ProcessingMode.Async));
        for (int i = 0; i < 10; i++)
            model.Run(cost, rate);
        Assert.That(model.Mode.Mode, Is.EqualTo(expected));
        Assert.That(model.Mode.Reason, Does.Contain("enough for batches"));
    }

    /// <summary>A handler of constant cost, measured where its mode has it run.</summary>
    private sealed class HandlerModel(bool isAsync = false)
    {
        private long _arrivals;
        private long _handled;
        private long _nanoseconds;

        public AdaptiveMode Mode { get; } = new(isAsync);

        public void Run(double cost, int eventsPerSecond)
        {
            int count = (int)(eventsPerSecond * Step.TotalSeconds);
            _arrivals += count;
            for (int i = 0; i < count && Mode.Mode == ProcessingMode.Sync; i += 16)
                Mode.RecordCost((long)cost);
            if (Mode.Mode != ProcessingMode.Sync)
            {
                _handled += count;
                _nanoseconds += (long)(cost * count);
            }

            Mode.Evaluate(_arrivals, _handled, _nanoseconds, Step);
        }
    }
}
