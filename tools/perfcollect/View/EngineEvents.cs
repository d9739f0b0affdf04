using Engine.PerfCollect.Collect;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Etlx;

namespace Engine.PerfCollect.View;

/// <summary>What the event source <c>Engine</c> told: how often each event came, and what each event type went through.</summary>
internal sealed class EngineEvents
{
    private readonly Dictionary<string, long> _counts = [];
    private readonly Dictionary<string, EventTypeActivity> _types = [];
    private readonly Dictionary<int, double> _batchStarts = [];

    public EngineEvents(TraceLog log)
    {
        foreach (TraceEvent item in log.Events)
        {
            if (item.ProviderName == EventProviders.Engine)
                Add(item);
        }
    }

    /// <summary>How often each event came, by name.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>The engine's event types, those whose batches took most time first.</summary>
    public IEnumerable<EventTypeActivity> Types => _types.Values.OrderByDescending(static type => type.BatchMilliseconds);

    private void Add(TraceEvent item)
    {
        _counts[item.EventName] = _counts.GetValueOrDefault(item.EventName) + 1;
        switch (item.EventName)
        {
            case "Batch/Start":
                _batchStarts[item.ThreadID] = item.TimeStampRelativeMSec;
                break;
            case "Batch/Stop":
                EventTypeActivity type = TypeOf(item);
                type.Batches++;
                type.Events += (int)item.PayloadByName("eventCount");
                // A batch runs on one thread; one that was under way when the capture began has no start.
                if (_batchStarts.Remove(item.ThreadID, out double start))
                    type.AddBatchTime(item.TimeStampRelativeMSec - start);
                break;
            case "ProducerStalled":
                TypeOf(item).AddStall((double)item.PayloadByName("stallMicroseconds") / 1000);
                break;
            case "EventsLost":
                TypeOf(item).Lost += (long)item.PayloadByName("lastSequence") - (long)item.PayloadByName("firstSequence") + 1;
                break;
            case "HandlerFailed":
                TypeOf(item).HandlerErrors++;
                break;
        }
    }

    private EventTypeActivity TypeOf(TraceEvent item)
    {
        string name = (string)item.PayloadByName("eventType");
        if (!_types.TryGetValue(name, out EventTypeActivity? type))
            _types.Add(name, type = new EventTypeActivity(name));
        return type;
    }
}
