using System.Diagnostics;
using Engine.Bench.Support;
using Engine.Tests.Support;
using Engine.Tooling;

namespace Engine.Tests.Bench.Support;

/// <summary>Order of rounds, percentiles, filters and progress.</summary>
internal sealed class MeasuringTests
{
    [Test]
    public void Variants_have_their_turn_in_each_round_in_rotated_order()
    {
        var order = new List<int>();
        RoundResult[] rounds = Interleaved.Run(3, 3, variant =>
        {
            order.Add(variant);
            return variant * 10;
        });
        Assert.That(order, Is.EqualTo(new[] { 0, 1, 2, 1, 2, 0, 2, 0, 1 }));
        Assert.That(rounds.Select(static round => round.Values), Has.All.EqualTo(new[] { 0.0, 10, 20 }));
        Assert.That(rounds.Select(static round => round.RoundTripNanoseconds), Has.All.Positive);
    }

    [Test]
    public void Percentiles_are_the_smallest_sample_that_the_fraction_does_not_exceed()
    {
        var first = new LatencySamples();
        var second = new LatencySamples();
        for (int i = 1000; i > 0; i--)
            (i % 2 == 0 ? first : second).Record(i);
        LatencySamples all = LatencySamples.Merge([first, second]);
        Assert.That(all.Count, Is.EqualTo(1000));
        Assert.That(
            new[] { all.Percentile(0), all.Percentile(0.5), all.Percentile(0.99), all.Percentile(0.999), all.Percentile(1) },
            Is.EqualTo(new long[] { 1, 500, 990, 999, 1000 }));
        all.Record(0);
        Assert.That(all.Percentile(0), Is.Zero);
    }

    [Test]
    public void Latency_counts_from_when_an_event_was_due()
    {
        var samples = new LatencySamples();
        var receiver = new EventReceiver(samples);
        EventFeed feed = EventFeed.Paced(100);
        var late = TimeSpan.FromMilliseconds(2);
        for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < late;)
            Thread.Yield();
        while (feed.TryNext(out Events.Vm.InstructionRetired e))
            receiver.Handle(e);
        Assert.That(receiver.Sum, Is.EqualTo(Checksum.Expected(100)));
        // The producer began late, so the first event was due as long ago, though it was handled at once.
        Assert.That(samples.Percentile(1), Is.GreaterThanOrEqualTo((long)(late - EventFeed.Interval).TotalNanoseconds));
    }

    [TestCase("*", new[] { "one-to-one", "one-to-three", "ping" })]
    [TestCase("ONE-*", new[] { "one-to-one", "one-to-three" })]
    [TestCase("p?ng", new[] { "ping" })]
    public void Filter_selects_by_glob(string glob, string[] expected) =>
        Assert.That(NameFilter.Select(["one-to-one", "one-to-three", "ping"], static name => name, glob), Is.EqualTo(expected));

    [Test]
    public void Filter_that_matches_nothing_names_what_there_is()
    {
        string message = Thrown.By<UsageException>(() => NameFilter.Select(["a", "b"], static name => name, "c*")).Message;
        Assert.That(message, Is.EqualTo("--filter must match a name, but \"c*\" matches none of: a, b."));
    }

    [Test]
    public void Progress_is_a_line_per_step_or_one_line_on_a_terminal()
    {
        var lines = new StringWriter();
        var terminal = new StringWriter();
        foreach (Progress progress in new[] { new Progress(lines, false), new Progress(terminal, true) })
        {
            progress.Step("one");
            progress.Step("two");
            progress.Done();
        }

        Assert.That(lines.ToString(), Is.EqualTo("one\ntwo\n".ReplaceLineEndings()));
        Assert.That(terminal.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries).Select(static part => part.TrimEnd()),
            Is.EqualTo(new[] { "one", "two", "" }));
    }
}
