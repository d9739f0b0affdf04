namespace Engine.Bus.Messages;

/// <summary>What became of a parked message.</summary>
public enum ParkedOutcome
{
    /// <summary>It waits again, with all its attempts before it and its old sequence.</summary>
    Requeued,

    /// <summary>It is gone for good.</summary>
    Discarded,

    /// <summary>It is not parked any longer, or was parked by another subscription. Nothing was changed.</summary>
    NotParked,

    /// <summary>The queue has no room for it. It stays parked.</summary>
    QueueFull,
}
