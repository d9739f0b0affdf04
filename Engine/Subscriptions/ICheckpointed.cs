namespace Engine.Subscriptions;

/// <summary>
/// A subscriber that takes part in cuts: what it has come to is kept with the machine, and set back together with it. Called on the
/// thread that cuts and rewinds, while no event is on its way.
/// </summary>
public interface ICheckpointed
{
    /// <summary>What errors call it.</summary>
    string CheckpointName { get; }

    /// <summary>What it has come to, as it will be given back; not changed afterwards.</summary>
    object? SaveCheckpoint();

    /// <summary>Goes back to what it gave.</summary>
    /// <param name="checkpoint">What <see cref="SaveCheckpoint"/> returned; null too if the subscriber was not there at the cut.</param>
    void RestoreCheckpoint(object? checkpoint);
}
