using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;
using Engine.Diagnostics;

namespace Engine.Tests.Diagnostics;

/// <summary>Listens to the event counters of the engine's source.</summary>
internal sealed class CounterListener : EventListener
{
    private readonly ConcurrentQueue<IDictionary<string, object?>> _payloads = new();

    public CounterListener() =>
        EnableEvents(
            EngineEventSource.Log, EventLevel.Informational, EventKeywords.None,
            new Dictionary<string, string?> { ["EventCounterIntervalSec"] = "0.05" });

    /// <summary>The last payload of each counter.</summary>
    public IReadOnlyList<IDictionary<string, object?>> Counters =>
        [.. _payloads.GroupBy(static p => p["Name"]).Select(static group => group.Last())];

    /// <summary>How often a counter has come.</summary>
    public int CountOf(string name) => _payloads.Count(payload => (string)payload["Name"]! == name);

    /// <summary>A rate's increments since the listener began, added up.</summary>
    public double TotalOf(string name) => Values(name, "Increment").Sum();

    /// <summary>The last value of a counter that is no rate.</summary>
    public double LastOf(string name) => Values(name, "Mean").LastOrDefault();

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource == EngineEventSource.Log && eventData.EventName == "EventCounters"
            && eventData.Payload is [IDictionary<string, object?> payload])
        {
            _payloads?.Enqueue(payload);
        }
    }

    private IEnumerable<double> Values(string name, string field) => _payloads
        .Where(payload => (string)payload["Name"]! == name)
        .Select(payload => Convert.ToDouble(payload[field], CultureInfo.InvariantCulture));
}
