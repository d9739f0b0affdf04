using Engine.Publish;

namespace Engine.Tests.Support;

/// <summary>Publishes numbered, checksummed events in every form and counts what became of them.</summary>
public sealed class WidePublisher(int source)
{
    private long _next;

    public long Published { get; private set; }

    public long Dropped { get; private set; }

    public long Rejected { get; private set; }

    public long Offered => Published + Dropped + Rejected;

    public void Publish(EventLane<Wide> lane, long count)
    {
        Span<Wide> span = stackalloc Wide[7];
        while (Offered < count)
        {
            switch (_next % 4)
            {
                case 0:
                    Fill(span);
                    Count(lane.PublishBatch(span), span.Length);
                    break;
                case 1:
                    LaneClaim<Wide> claim = lane.Claim(3);
                    Fill(claim.Events);
                    claim.Publish();
                    Count(new PublishResult(claim.Events.Length, claim.Outcome), claim.IsGranted ? claim.Events.Length : 3);
                    break;
                default:
                    Count(lane.Publish(Next()));
                    break;
            }
        }
    }

    public void Publish(SharedEventLane<Wide> lane, long count)
    {
        Span<Wide> span = stackalloc Wide[3];
        while (Offered < count)
        {
            if (_next % 4 == 0)
            {
                Fill(span);
                Count(lane.PublishBatch(span), span.Length);
            }
            else
            {
                Count(lane.Publish(Next()));
            }
        }
    }

    public void Count(PublishOutcome outcome) =>
        Count(new PublishResult(outcome == PublishOutcome.Published ? 1 : 0, outcome), 1);

    private void Count(PublishResult result, int offered)
    {
        Published += result.Accepted;
        int rest = offered - result.Accepted;
        if (result.Outcome == PublishOutcome.Dropped)
            Dropped += rest;
        else if (result.Outcome == PublishOutcome.Rejected)
            Rejected += rest;
        else if (rest != 0 || result.Outcome != PublishOutcome.Published)
            throw new InvalidOperationException($"unexpected {result} of {offered}");
    }

    private Wide Next() => new(source, _next++);

    private void Fill(Span<Wide> span)
    {
        foreach (ref Wide wide in span)
            wide = Next();
    }
}
