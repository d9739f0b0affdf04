namespace Engine.Subscriptions;

/// <summary>A lane that wants to know what its subscriptions ask of a publish.</summary>
internal interface ISubscriptionListener
{
    /// <summary>Id of the producer whose lane it is.</summary>
    int ProducerId { get; }

    /// <summary>Called under the registry's lock whenever the modes change. Must not block.</summary>
    void OnModesChanged(DeliveryModes modes);
}
