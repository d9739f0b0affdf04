using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary>An event that the gateway may send. Implementations are immutable.</summary>
/// <typeparam name="TSelf">The event type itself.</typeparam>
public interface IGatewayEvent<TSelf> : IEvent<TSelf>
    where TSelf : IGatewayEvent<TSelf>
{
    /// <summary>What is wrong with the event, one text for each problem; none where it may be sent.</summary>
    IEnumerable<string> FindProblems();

    /// <summary>What a stream can be filtered by beside type, resource and time.</summary>
    EventFacets GetFacets() => default;
}

/// <summary>What a stream can be filtered by beside type, resource and time; null where the event has nothing of the kind.</summary>
/// <param name="Level">How bad it is: see <see cref="EventLevels"/>.</param>
/// <param name="Source">What it comes from.</param>
/// <param name="NodeId">The node it belongs to.</param>
/// <param name="PipelineId">The pipeline it belongs to.</param>
public readonly record struct EventFacets(
    string? Level = null, string? Source = null, string? NodeId = null, string? PipelineId = null);
