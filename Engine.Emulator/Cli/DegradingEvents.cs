using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>
/// What <c>--degrade</c> subscribes to: the execution of each hart, in as much detail as the handlers can follow. Slow handlers of
/// instructions and blocks belong to it, because elsewhere they would want everything.
/// </summary>
internal sealed class DegradingEvents
{
    private const int ShownRanges = 5;

    // Of each hart; what comes behind is in the totals only.
    private const int KeptRanges = 4_096;

    private readonly List<ExecutionSubscription> _harts = [];
    private readonly Lock _lock = new();
    private readonly List<List<DetailChanged>> _ranges = [];

    private DegradingEvents(EventEngine engine, RunSettings settings)
    {
        SlowHandler<InstructionRetired>? slowInstructions = SlowOf<InstructionRetired>(settings);
        SlowHandler<BlockExecuted>? slowBlocks = SlowOf<BlockExecuted>(settings);
        for (int hart = 0; hart < settings.HartCount; hart++)
        {
            var ranges = new List<DetailChanged>();
            _ranges.Add(ranges);
            _harts.Add(engine.SubscribeExecution(new ExecutionOptions
            {
                Name = $"hart {hart}",
                From = settings.Boundaries.From is ulong from ? new Boundary((ushort)hart, from) : Boundary.Next((ushort)hart),
                Until = settings.Boundaries.Until is ulong until ? new Boundary((ushort)hart, until) : null,
                OnInstructions = slowInstructions is null ? null : (events, in envelope) => HandleAll(slowInstructions, events, envelope),
                OnBlocks = slowBlocks is null ? null : (events, in envelope) => HandleAll(slowBlocks, events, envelope),
                OnDetailChanged = range => Note(ranges, range),
            }));
        }
    }

    /// <summary>Subscribes, where it is asked for.</summary>
    public static DegradingEvents? Begin(EventEngine engine, RunSettings settings) =>
        settings.Degrades ? new DegradingEvents(engine, settings) : null;

    /// <summary>Whether it handles an event type, so that nothing else has to.</summary>
    public static bool Handles(string eventType) =>
        eventType == InstructionRetired.Descriptor.Name || eventType == BlockExecuted.Descriptor.Name;

    /// <summary>What each hart was covered in, and the detail of now.</summary>
    public IEnumerable<string> LiveLines() =>
        _harts.Select(static hart => Invariant($"{hart.Name}: {Text(hart.Totals.Detail)}; {hart.Totals}"));

    /// <summary>What each hart was covered in, and its first ranges.</summary>
    public IReadOnlyList<string> Lines()
    {
        var lines = new List<string>();
        lock (_lock)
        {
            for (int number = 0; number < _harts.Count; number++)
            {
                ExecutionSubscription hart = _harts[number];
                lines.Add(Invariant($"{hart.Name}: {hart.Totals}"));
                lines.AddRange(_ranges[number].Take(ShownRanges).Select(static range => Invariant(
                    $"  from instruction {range.FirstInstruction:N0}: {range.InstructionCount:N0} by {Text(range.Detail)}")));
                if (hart.Totals.Changes > ShownRanges)
                    lines.Add(Invariant($"  and {hart.Totals.Changes - ShownRanges:N0} ranges more"));
            }
        }

        return lines;
    }

    /// <summary>The first ranges of a hart.</summary>
    public IReadOnlyList<DetailChanged> RangesOf(int hart)
    {
        lock (_lock)
            return [.. _ranges[hart]];
    }

    private static SlowHandler<T>? SlowOf<T>(RunSettings settings)
        where T : unmanaged, IEvent<T> =>
        settings.SlowHandlers.FirstOrDefault(static slow => slow.EventName == T.Descriptor.Name) is { } slow
            ? new SlowHandler<T>(slow.Duration)
            : null;

    private static void HandleAll<T>(SlowHandler<T> handler, ReadOnlySpan<T> events, in Envelope envelope)
        where T : unmanaged, IEvent<T>
    {
        foreach (ref readonly T @event in events)
            handler.Handle(@event, envelope);
    }

    private static string Text(ExecutionDetail detail) => detail switch
    {
        ExecutionDetail.Instructions => "instructions",
        ExecutionDetail.Blocks => "blocks",
        _ => "counters",
    };

    private void Note(List<DetailChanged> ranges, DetailChanged range)
    {
        lock (_lock)
        {
            if (ranges.Count < KeptRanges)
                ranges.Add(range);
        }
    }
}
