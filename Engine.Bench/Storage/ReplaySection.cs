using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Storage.Logs;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Subscriptions;

namespace Engine.Bench.Storage;

/// <summary>Recorded instructions, decoded, and decoded and dispatched to a handler.</summary>
internal static class ReplaySection
{
    private const double MinMillionsPerSecond = 150;
    private const int Repetitions = 32;
    private const int FramesAsRecords = 32;

    public static void Run(Measurement measurement)
    {
        using var recording = new DirectRecording<InstructionRetired>();
        for (int i = 0; i < Repetitions; i++)
            recording.Append(GuestTrace.Instructions);
        recording.Flush();
        RoundResult[] rounds = measurement.Rounds(
            "replay", 2, variant => variant == 0 ? Decode(recording.Folder) : Dispatch(recording.Folder));
        measurement.Report.Add(
            RoundsTable.Create(
                "replay", "Recorded instructions", ["read and decoded", "read, decoded and dispatched to a handler"], rounds, "M events/s"),
            rounds);
        RoundResult[] records = measurement.Rounds("replay-records", 1, _ => AsRecordsAsync(recording.Folder).GetAwaiter().GetResult());
        measurement.Report.Add(
            RoundsTable.Create("replay-records", "Recorded instructions, as records one by one", ["JournalEvents"], records, "M events/s"),
            records);
        double median = Statistics.Median(rounds.Select(static round => round.Values[1]));
        measurement.Report.AddTarget("replayed and dispatched, M events/s", median, MinMillionsPerSecond, median >= MinMillionsPerSecond);
    }

    private static double Decode(string folder)
    {
        var events = new InstructionRetired[FrameFormat.MaxCount];
        return Read(folder, (in JournalFrame frame) => frame.Decode<InstructionRetired>(events));
    }

    private static double Dispatch(string folder)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        var handler = new Counter();
        engine.SubscribeBatch(handler);
        engine.Start();
        using EventProducer producer = engine.CreateProducer("replay");
        EventLane<InstructionRetired> lane = producer.GetLane<InstructionRetired>();
        var events = new InstructionRetired[FrameFormat.MaxCount];
        double result = Read(folder, (in JournalFrame frame) =>
        {
            frame.Decode<InstructionRetired>(events);
            lane.PublishBatch(events.AsSpan(0, frame.Header.Count));
        });
        engine.StopAsync().GetAwaiter().GetResult();
        if (handler.Count != (long)Repetitions * GuestTrace.Count)
            throw new InvalidOperationException($"The handler got {handler.Count} events.");
        return result;
    }

    /// <summary>The way of subscriptions and history, which make an object of each event.</summary>
    private static async Task<double> AsRecordsAsync(string folder)
    {
        using JournalEvents log = JournalEvents.Open(folder, new JournalEventTypes().Add<InstructionRetired>());
        long count = 0;
        long started = Stopwatch.GetTimestamp();
        await log.ReplayAsync(
            EventFilter.OfTypes(InstructionRetired.Descriptor.Name),
            ReplayTarget.To((_, _) =>
            {
                count++;
                return ValueTask.CompletedTask;
            }),
            new ReplayOptions { ToSequence = JournalPlace.Of(FramesAsRecords + 1, 0) }).ConfigureAwait(false);
        return count / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e6;
    }

    private static double Read(string folder, FrameAction action)
    {
        using JournalReader reader = JournalReader.Open(folder);
        long count = 0;
        long started = Stopwatch.GetTimestamp();
        while (reader.TryRead(out JournalFrame frame))
        {
            action(frame);
            count += frame.Header.Count;
        }

        return count / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e6;
    }

    private delegate void FrameAction(in JournalFrame frame);

    private sealed class Counter : IBatchHandler<InstructionRetired>
    {
        public long Count { get; private set; }

        public void Handle(ReadOnlySpan<InstructionRetired> events, in Envelope envelope) => Count += events.Length;
    }
}
