using System.Diagnostics;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>Replays the last session of a journal without its guest: the same handlers get the same events.</summary>
internal sealed class ReplayRunner(ReplaySettings settings)
{
    private readonly Dictionary<FrameStream, ReplayLane?> _lanes = [];
    private readonly Dictionary<int, EventProducer> _producers = [];
    private long _lost;

    public int Run()
    {
        using JournalReader reader = Open();
        (long session, long frames) = LastSession();
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        var observers = new RunObservers(engine, settings.EventNames);
        using ReplayServer? server = ReplayServer.Begin(engine, observers.Execution, settings, frames);
        engine.Start();
        server?.Started();
        long start = Stopwatch.GetTimestamp();
        try
        {
            PlayAll(reader, session, engine, server);
        }
        catch (Exception error)
        {
            server?.Failed(error);
            throw;
        }

        StopReport stop = engine.StopAsync().GetAwaiter().GetResult();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        server?.Ended();
        Print(engine, observers, stop, elapsed, reader);
        return 0;
    }

    private void PlayAll(JournalReader reader, long session, EventEngine engine, ReplayServer? server)
    {
        while (reader.TryRead(out JournalFrame frame))
        {
            if (frame.Header.Stream.Session != session)
                continue;
            Play(engine, frame);
            server?.Played(frame.Header);
        }

        server?.AllPlayed(reader.Damages.Count);
    }

    private void Play(EventEngine engine, in JournalFrame frame)
    {
        FrameHeader header = frame.Header;
        _lost += header.LostBefore.Count;
        if (header.Kind != FrameKind.Events || !settings.EventNames.Contains(header.Stream.EventType))
            return;
        if (!_lanes.TryGetValue(header.Stream, out ReplayLane? lane))
        {
            if (!_producers.TryGetValue(header.Stream.ProducerId, out EventProducer? producer))
            {
                producer = engine.CreateProducer(header.Stream.ProducerName, header.Stream.VmId);
                _producers.Add(header.Stream.ProducerId, producer);
            }

            var maker = new LaneMaker(header.Stream.EventType, producer);
            VmEvents.Visit(maker);
            _lanes.Add(header.Stream, lane = maker.Lane);
        }

        lane?.Play(frame, settings.From, settings.To);
    }

    private void Print(EventEngine engine, RunObservers observers, StopReport stop, TimeSpan elapsed, JournalReader reader)
    {
        long count = _lanes.Values.Sum(static lane => lane?.Count ?? 0);
        Console.WriteLine(Invariant(
            $"replayed {count:N0} events in {elapsed.TotalSeconds:F2} s ({count / Math.Max(elapsed.TotalMicroseconds, 1):F0} M events/s), ")
            + Invariant($"lost when recorded {_lost:N0}, damaged places {reader.Damages.Count:N0}"));
        SummaryPrinter.PrintHandled(
            new HandledEvents([.. observers.Lines()], engine.GetStatistics(), observers.Execution.GetHottestBlocks(8)), Console.Out);
        if (!stop.IsDrained)
            Console.WriteLine(Invariant($"not dispatched when the engine stopped: {stop.LeftCount:N0} events"));
    }

    private JournalReader Open() => JournalFolder.Open(settings.Directory);

    private (long Session, long Frames) LastSession()
    {
        using JournalReader reader = Open();
        (long last, long frames) = (0, 0);
        while (reader.TryReadHeader(out FrameHeader? header))
            (last, frames) = (header.Stream.Session, header.Stream.Session == last ? frames + 1 : 1);
        return (last, frames);
    }

    private sealed class LaneMaker(string name, EventProducer producer) : IEventTypeVisitor
    {
        public ReplayLane? Lane { get; private set; }

        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            if (T.Descriptor.Name == name)
                Lane = new ReplayLane<T>(producer);
        }
    }
}
