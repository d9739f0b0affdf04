using Engine.Events;
using Engine.Ring;

namespace Engine.Publish;

/// <summary>Turns claims that failed into outcomes, or into the errors of bad use.</summary>
internal static class LaneErrors
{
    public static PublishOutcome OutcomeOf(ClaimOutcome claim, EventDescriptor eventType, ProducerInfo producer, int accepted) =>
        claim switch
        {
            ClaimOutcome.Dropped => PublishOutcome.Dropped,
            ClaimOutcome.Rejected => PublishOutcome.Rejected,
            ClaimOutcome.RejectedInHandler => PublishOutcome.RejectedInHandler,
            ClaimOutcome.NoConsumer => throw new InvalidOperationException(
                $"The lane of {eventType.Name} (producer \"{producer.Name}\") is full and its overflow policy is Wait, but the engine " +
                "has not been started, so waiting would never end. " +
                WhatWasPublished(accepted)),
            ClaimOutcome.Closed => PublishOutcome.Stopped,
            _ => PublishOutcome.Published,
        };

    private static string WhatWasPublished(int accepted) =>
        accepted == 0 ? "The event was not published." : $"{accepted} events of the call were published, the rest were not.";
}
