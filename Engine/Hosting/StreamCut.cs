using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Hosting;

/// <summary>
/// A position in every stream of some producers, and what each subscriber that takes part had come to, all of one instant. Immutable.
/// </summary>
public sealed class StreamCut
{
    internal StreamCut(
        IReadOnlyList<ProducerPosition> positions, IReadOnlyList<(ICheckpointed, object?)> checkpoints, BoundaryTallies tallies)
    {
        Positions = positions;
        Checkpoints = checkpoints;
        Tallies = tallies;
    }

    /// <summary>How far each producer was.</summary>
    public IReadOnlyList<ProducerPosition> Positions { get; }

    /// <summary>Subscribers that took part.</summary>
    public int CheckpointCount => Checkpoints.Count;

    internal IReadOnlyList<(ICheckpointed Subscriber, object? Checkpoint)> Checkpoints { get; }

    internal BoundaryTallies Tallies { get; }
}
