using Engine.Bus.Versions;
using Engine.Publish;

namespace Engine.Bus.Messages;

/// <summary>What became of an event that was delivered to one subscription and waited for.</summary>
/// <param name="Decoded">Whether it was read.</param>
/// <param name="Delivered">Whether it became a message; <c>NotSubscribed</c> also where the subscription's filter left it out.</param>
/// <param name="End">How the message was settled for good; null if it became none.</param>
/// <param name="Error">What codec or upcaster threw; null if nothing was thrown.</param>
internal sealed record AwaitedDelivery(DecodeOutcome Decoded, PublishOutcome Delivered, MessageEnd? End, Exception? Error);
