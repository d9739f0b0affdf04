using System.Diagnostics.Tracing;

namespace Engine.Bench.DiagnosticsCost;

/// <summary>Listens in the process and counts events.</summary>
internal sealed class CountingListener : EventListener, IListening
{
    private long _count;

    public CountingListener(SessionLevel level)
    {
        EventSource source = EventSource.GetSources().Single(static source => source.Name == "Engine");
        EnableEvents(source, (EventLevel)level, EventKeywords.All);
    }

    public string Unit => "events";

    public long Stop()
    {
        Dispose();
        return Interlocked.Read(ref _count);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData) => Interlocked.Increment(ref _count);
}
