using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using Engine.Diagnostics;

namespace Engine.Tests.Diagnostics;

/// <summary>Keeps the events of the engines of one name; other tests may have engines at the same time.</summary>
internal sealed class RecordingListener : EventListener
{
    // Makes the runtime number activities.
    private const EventKeywords TasksFlowActivityIds = (EventKeywords)0x80;

    private readonly ConcurrentQueue<EventWrittenEventArgs> _events = new();
    private readonly string _engineName;

    public RecordingListener(
        string engineName, EventLevel level = EventLevel.Verbose, EventKeywords keywords = EventKeywords.All, bool withActivities = false)
    {
        _engineName = engineName;
        if (withActivities)
        {
            EventSource tasks = EventSource.GetSources().Single(static source => source.Name == "System.Threading.Tasks.TplEventSource");
            EnableEvents(tasks, EventLevel.Informational, TasksFlowActivityIds);
        }

        EnableEvents(EngineEventSource.Log, level, keywords);
    }

    public IReadOnlyList<EventWrittenEventArgs> Events => [.. _events];

    public IReadOnlyList<EventWrittenEventArgs> Named(string eventName) => [.. _events.Where(e => e.EventName == eventName)];

    /// <summary>The payload as "name=value" in order, the engine's name left out.</summary>
    public static string Describe(EventWrittenEventArgs e) =>
        string.Join(' ', e.PayloadNames!.Zip(e.Payload!).Skip(1).Select(static pair => $"{pair.First}={pair.Second}"));

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The first events may come while the base class still constructs this one.
        if (eventData.EventSource.Name == EngineEventSource.SourceName && eventData.Payload is [string engine, ..] && engine == _engineName)
            _events?.Enqueue(eventData);
    }
}
