namespace Engine.Diagnostics;

/// <summary>An engine, as meters and event counters read it. All members may be called from any thread.</summary>
internal interface IMeasuredEngine
{
    string Name { get; }

    IReadOnlyList<EventTypeStatistics> ReadEventTypes();

    IReadOnlyList<LaneOccupancy> ReadLanes();

    IReadOnlyList<DispatcherStatistics> ReadDispatchers();
}

/// <summary>How full a lane is.</summary>
/// <param name="EventType">Name of its event type.</param>
/// <param name="Producer">Name of its producer.</param>
/// <param name="Depth">Events in its ring.</param>
/// <param name="SlotCount">Slots of the ring.</param>
internal readonly record struct LaneOccupancy(string EventType, string Producer, long Depth, long SlotCount);
