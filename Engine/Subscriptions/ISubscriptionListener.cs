namespace Engine.Subscriptions;

/// <summary>A lane that wants to know what its subscriptions ask of a publish.</summary>
internal interface ISubscriptionListener
{
    /// <summary>Called under the registry's lock whenever the modes change. Must not block.</summary>
    void OnModesChanged(DeliveryModes modes);
}
