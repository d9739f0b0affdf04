using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Tracing;

namespace Engine.Diagnostics;

/// <summary>Events of dispatchers.</summary>
internal sealed partial class EngineEventSource
{
    private const int BatchStartId = 1;
    private const int BatchStopId = 2;

    [Event(BatchStartId, Level = EventLevel.Verbose, Keywords = Keywords.Dispatch, Task = Tasks.Batch, Opcode = EventOpcode.Start,
        Message = "{1} of {3}: {5} events from {4}")]
    public void BatchStart(string engine, string eventType, int producerId, string producer, long firstSequence, int eventCount) =>
        WriteBatch(BatchStartId, engine, eventType, producerId, producer, firstSequence, eventCount);

    [Event(BatchStopId, Level = EventLevel.Verbose, Keywords = Keywords.Dispatch, Task = Tasks.Batch, Opcode = EventOpcode.Stop,
        Message = "{1} of {3}: {5} events from {4}")]
    public void BatchStop(string engine, string eventType, int producerId, string producer, long firstSequence, int eventCount) =>
        WriteBatch(BatchStopId, engine, eventType, producerId, producer, firstSequence, eventCount);

    [Event(3, Level = EventLevel.Informational, Keywords = Keywords.Dispatch,
        Message = "{1}: at most {2} events per batch, poll gap {3} us")]
    public void BatchSizeChanged(string engine, string dispatcher, int maxBatch, double pollGapMicroseconds) =>
        WriteEvent(3, engine, dispatcher, maxBatch, pollGapMicroseconds);

    [Event(4, Level = EventLevel.Verbose, Keywords = Keywords.Dispatch, Message = "{1} sleeps")]
    public void DispatcherParked(string engine, string dispatcher) => WriteEvent(4, engine, dispatcher);

    [Event(5, Level = EventLevel.Verbose, Keywords = Keywords.Dispatch, Message = "{1} slept {2} us")]
    public void DispatcherWoken(string engine, string dispatcher, double parkedMicroseconds) =>
        WriteEvent(5, engine, dispatcher, parkedMicroseconds);

    [Event(6, Level = EventLevel.Warning, Keywords = Keywords.Backpressure, Message = "{1} of {3}: {4} to {5} lost by {6}")]
    public void EventsLost(
        string engine, string eventType, int producerId, string producer, long firstSequence, long lastSequence, string overflowPolicy) =>
        WriteEvent(6, engine, eventType, producerId, producer, firstSequence, lastSequence, overflowPolicy);

    [Event(7, Level = EventLevel.Warning, Keywords = Keywords.Backpressure, Message = "{3} waited {4} us for a free slot of {1}")]
    public void ProducerStalled(string engine, string eventType, int producerId, string producer, double stallMicroseconds) =>
        WriteEvent(7, engine, eventType, producerId, producer, stallMicroseconds);

    // Batches come by the hundred thousand per second, so these are written without an array and without boxes.
    [NonEvent]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "All fields are primitives and strings.")]
    private unsafe void WriteBatch(
        int eventId, string engine, string eventType, int producerId, string producer, long firstSequence, int eventCount)
    {
        fixed (char* engineChars = engine, eventTypeChars = eventType, producerChars = producer)
        {
            EventData* fields = stackalloc EventData[]
            {
                Text(engineChars, engine.Length),
                Text(eventTypeChars, eventType.Length),
                new EventData { DataPointer = (nint)(&producerId), Size = sizeof(int) },
                Text(producerChars, producer.Length),
                new EventData { DataPointer = (nint)(&firstSequence), Size = sizeof(long) },
                new EventData { DataPointer = (nint)(&eventCount), Size = sizeof(int) },
            };
            WriteEventCore(eventId, 6, fields);
        }
    }

    // With the terminating null, which strings have and readers look for.
    private static unsafe EventData Text(char* chars, int length) =>
        new() { DataPointer = (nint)chars, Size = (length + 1) * sizeof(char) };
}
