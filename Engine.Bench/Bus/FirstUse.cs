using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bus;
using Engine.Events;

namespace Engine.Bench.Bus;

/// <summary>The first publish of an event type on a bus: the only one that looks at patterns.</summary>
internal static class FirstUse
{
    private const int TypeCount = 50;

    /// <summary>Measures by number of patterns and adds the table to the report.</summary>
    public static void Measure(Measurement measurement, IReadOnlyList<int> patternCounts)
    {
        const string Name = "first-use";
        RoundResult[] rounds = measurement.Rounds(Name, patternCounts.Count, i => Microseconds(patternCounts[i]));
        measurement.Report.Add(RoundsTable.Create(
            Name, "The first publish of an event type that the bus did not know, one pattern matching",
            [.. patternCounts.Select(static count => FormattableString.Invariant($"{count:#,0} {(count == 1 ? "pattern" : "patterns")}"))],
            rounds, "us"));
    }

    /// <summary>Microseconds per first publish, the mean over some event types.</summary>
    /// <param name="patternCount">Patterns subscribed to, one of which matches.</param>
    public static double Microseconds(int patternCount)
    {
        var bus = new EventBus();
        var handler = new Counting();
        OtherEvents.SubscribeToPatterns(bus, patternCount - 1);
        bus.Subscribe("other.*", handler);
        long started = Stopwatch.GetTimestamp();
        OtherEvents.PublishOneOfEach(bus, TypeCount);
        double microseconds = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        if (handler.Count != TypeCount)
            throw new InvalidOperationException($"The handler of the pattern got {handler.Count} events of {TypeCount}.");
        return microseconds / TypeCount;
    }

    private sealed class Counting : IBusAnyHandler
    {
        public int Count { get; private set; }

        public void Handle<T>(in T @event, EventContext context)
            where T : IEvent<T> =>
            Count++;
    }
}
