using System.Diagnostics.Tracing;
using Engine.Diagnostics;
using Engine.Events;
using Engine.Ring;

namespace Engine.Hosting;

/// <summary>Tells trace sessions what happens to one engine, its producers and its lanes.</summary>
internal sealed class EngineTrace(string engineName)
{
    private static bool IsLifecycleEnabled =>
        EngineEventSource.Log.IsEnabled(EventLevel.Informational, EngineEventSource.Keywords.Lifecycle);

    private static bool IsPublishEnabled =>
        EngineEventSource.Log.IsEnabled(EventLevel.Informational, EngineEventSource.Keywords.Publish);

    public void Started(int dispatcherCount, int eventTypeCount)
    {
        if (IsLifecycleEnabled)
            EngineEventSource.Log.EngineStarted(engineName, dispatcherCount, eventTypeCount);
    }

    public void Stopping(TimeSpan timeout)
    {
        if (IsLifecycleEnabled)
            EngineEventSource.Log.EngineStopping(engineName, timeout.TotalMicroseconds);
    }

    public void Stopped(StopReport report)
    {
        if (IsLifecycleEnabled)
            EngineEventSource.Log.EngineStopped(engineName, report.Duration.TotalMicroseconds, report.LeftCount);
    }

    public void ProducerCreated(ProducerInfo producer)
    {
        if (IsPublishEnabled)
            EngineEventSource.Log.ProducerCreated(engineName, producer.Id, producer.Name);
    }

    public void ProducerDisposed(ProducerInfo producer)
    {
        if (IsPublishEnabled)
            EngineEventSource.Log.ProducerDisposed(engineName, producer.Id, producer.Name);
    }

    public void LaneCreated(EventDescriptor eventType, ProducerInfo producer, string dispatcher)
    {
        if (IsPublishEnabled)
        {
            EngineEventSource.Log.LaneCreated(
                engineName, eventType.Name, producer.Id, producer.Name, eventType.Capacity, eventType.OverflowPolicy.ToString(),
                dispatcher);
        }
    }

    public void LaneRemoved(EventDescriptor eventType, ProducerInfo producer, in RingLedger ledger)
    {
        if (IsPublishEnabled)
        {
            EngineEventSource.Log.LaneRemoved(
                engineName, eventType.Name, producer.Id, producer.Name, ledger.Published, ledger.Dispatched, ledger.Lost);
        }
    }
}
