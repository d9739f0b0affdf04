using Engine.Primitives;

namespace Engine.Diagnostics;

/// <summary>Counters of one subscription.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="EventType">Name of its event type.</param>
/// <param name="Delivered">Events handed to the handler.</param>
/// <param name="Errors">Times it threw.</param>
public sealed record SubscriptionStatistics(long Id, string Name, string EventType, long Delivered, long Errors)
{
    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"\"{Name}\" ({EventType}): delivered {ReadableText.Count(Delivered)}, errors {ReadableText.Count(Errors)}";
}
