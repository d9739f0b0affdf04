using Engine.Publish;

namespace Engine.Bus;

/// <summary>What a publisher waits for without holding its thread.</summary>
internal abstract class PublishWait
{
    /// <summary>Adds a subscription that has no room for the event yet. A stop of the bus waits until it has it or is given up.</summary>
    public abstract void Add(BusCore bus, IRoomWait wait);
}

/// <summary>An event that one subscription takes as soon as it has room.</summary>
internal interface IRoomWait
{
    /// <summary>Waits for room. To be called once.</summary>
    /// <param name="cancellationToken">Ends the wait; the event then counts as rejected.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    Task<PublishOutcome> WaitAsync(CancellationToken cancellationToken);
}
