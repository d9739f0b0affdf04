using System.Diagnostics.Tracing;
using Engine.Primitives;

namespace Engine.Diagnostics;

/// <summary>
/// Event counters: totals over all engines of the process, those that have stopped included. They are made when a session
/// first enables the source, and read when it is due to hear of them.
/// </summary>
internal sealed partial class EngineEventSource
{
    private DiagnosticCounter[]? _counters;

    protected override void OnEventCommand(EventCommandEventArgs command)
    {
        // The runtime calls this for one session after the other.
        if (command.Command == EventCommand.Enable)
            _counters ??= CreateCounters();
    }

    [NonEvent]
    private DiagnosticCounter[] CreateCounters() =>
    [
        Rate("events-published", "Events published", "event", static totals => totals.Ledger.Published),
        Rate("events-dispatched", "Events dispatched", "event", static totals => totals.Ledger.Dispatched),
        Rate("events-lost", "Events lost", "event", static totals => totals.Ledger.Lost),
        Rate("events-rejected", "Events rejected", "event", static totals => totals.Ledger.Rejected),
        Rate("dispatch-batches", "Batches dispatched", "batch", static totals => totals.Batches),
        Rate("publish-stalls", "Publisher stalls", "stall", static totals => totals.Ledger.Stalls),
        Rate("publish-stall-time", "Time publishers waited", "ms",
        static totals => MonotonicClock.ToMicroseconds(totals.Ledger.StallTicks) / 1e3),
        Rate("handler-errors", "Handler errors", "error", static totals => totals.HandlerErrors),
        Level("ring-depth", "Events in rings", "event", static engine => engine.ReadLanes().Sum(static lane => lane.Depth)),
        Level("subscriptions", "Subscriptions", "subscription",
        static engine => engine.ReadEventTypes().Sum(static type => type.SubscriptionCount)),
        Level("dispatchers-parked", "Dispatchers asleep", "dispatcher",
        static engine => engine.ReadDispatchers().Count(static d => d.IsSleeping)),
        Level("engines-running", "Engines running", "engine", static _ => 1),
    ];

    [NonEvent]
    private IncrementingPollingCounter Rate(string name, string displayName, string unit, Func<EventTypeTotals, double> select) =>
        new(name, this, () => MeasuredEngines.OfProcess.ReadTotals().Values.Sum(select))
        {
            DisplayName = displayName,
            DisplayUnits = unit,
            DisplayRateTimeScale = TimeSpan.FromSeconds(1),
        };

    [NonEvent]
    private PollingCounter Level(string name, string displayName, string unit, Func<IMeasuredEngine, long> select) =>
        new(name, this, () => MeasuredEngines.OfProcess.Running.Sum(select))
        {
            DisplayName = displayName,
            DisplayUnits = unit,
        };
}
