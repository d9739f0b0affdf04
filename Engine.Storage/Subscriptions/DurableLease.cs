namespace Engine.Storage.Subscriptions;

/// <summary>The right to handle events of a durable subscription, and where it is kept how far that is.</summary>
internal abstract class DurableLease
{
    /// <summary>Saves up to where everything is settled, and renews the lease; the last time, gives it back.</summary>
    /// <returns>False if another consumer has it by now; nothing was changed.</returns>
    public abstract ValueTask<bool> SaveAsync(long sequence, bool isLast);
}
