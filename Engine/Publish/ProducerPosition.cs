using Engine.Events;

namespace Engine.Publish;

/// <summary>How far a producer is with each of its lanes, at one moment.</summary>
/// <param name="Producer">The producer.</param>
/// <param name="InstructionCount">What it had last reported of its virtual CPU.</param>
/// <param name="Lanes">Its lanes, in the order they were made.</param>
public sealed record ProducerPosition(ProducerInfo Producer, long InstructionCount, IReadOnlyList<LanePosition> Lanes)
{
    /// <summary>How far the lane of an event type was; all zero where there was none.</summary>
    /// <param name="eventType">Name of the event type.</param>
    public LanePosition this[string eventType]
    {
        get
        {
            foreach (LanePosition lane in Lanes)
            {
                if (lane.EventType == eventType)
                    return lane;
            }

            return new LanePosition(eventType, 0, 0);
        }
    }
}
