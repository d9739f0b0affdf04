using Engine.Publish;

namespace Engine.Tests.Bus;

public class PublishOutcomeTests
{
    // The order that publishers rely on.
    private static readonly PublishOutcome[] FromBestToWorst =
    [
        PublishOutcome.Published, PublishOutcome.NotSubscribed, PublishOutcome.Dropped, PublishOutcome.Rejected,
        PublishOutcome.RejectedInHandler, PublishOutcome.Stale,
        PublishOutcome.StopRequested, PublishOutcome.Stopped,
    ];

    [Test]
    public void Of_two_outcomes_the_worse_is_told()
    {
        Assert.That(FromBestToWorst, Is.EquivalentTo(Enum.GetValues<PublishOutcome>()));
        for (int i = 0; i < FromBestToWorst.Length; i++)
        {
            for (int j = 0; j < FromBestToWorst.Length; j++)
                Assert.That(PublishSeverity.Worse(FromBestToWorst[i], FromBestToWorst[j]), Is.EqualTo(FromBestToWorst[Math.Max(i, j)]));
        }
    }
}
