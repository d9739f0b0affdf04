using Engine.Bus;
using Engine.Bus.Scheduling;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>The bounds that the lanes of a bus's dispatcher promise, for random arrivals.</summary>
public class ReadyLanesProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true);

    private static readonly DispatchPriority[] Priorities = [DispatchPriority.High, DispatchPriority.Normal, DispatchPriority.Low];

    /// <summary>Positive: so many arrive in that lane. Otherwise: so many are taken, and one more.</summary>
    private static readonly Gen<(int Lane, int Arrive, int Take)[]> Steps =
        (from lane in Gen.Choose(0, 2)
         from arrive in Gen.Choose(0, 30)
         from take in Gen.Choose(0, 30)
         select (lane, arrive, take)).ArrayOf(40);

    [Test]
    public void The_head_of_a_lane_waits_for_at_most_the_weights_of_the_others() =>
        Prop.ForAll(Steps.ToArbitrary(), steps =>
        {
            var lanes = new ReadyLanes<Item>();
            var turns = default(LaneTurns);
            int[] waiting = new int[3];
            int[] headWaits = new int[3];
            foreach ((int lane, int arrive, int take) in steps)
            {
                for (int i = 0; i < arrive; i++)
                    lanes.Add(new Item(lane), Priorities[lane]);
                waiting[lane] += arrive;
                for (int i = 0; i < take && waiting.Sum() > 0; i++)
                {
                    Item taken = lanes.TryTake(ref turns) ?? throw new InvalidOperationException("Work is there, and none was taken.");
                    waiting[taken.Lane]--;
                    headWaits[taken.Lane] = 0;
                    for (int other = 0; other < 3; other++)
                    {
                        if (other == taken.Lane || waiting[other] == 0)
                            continue;
                        int allowed = Sum() - LaneTurns.Weights[other];
                        if (++headWaits[other] > allowed)
                            throw new InvalidOperationException($"The head of lane {other} waits for more than {allowed} turns of others.");
                    }
                }
            }
        }).Check(Thorough);

    [Test]
    public void A_backlogged_lane_gets_its_share_of_any_run_of_turns([Values] bool isStolen)
    {
        var lanes = new ReadyLanes<Item>();
        var empty = new ReadyLanes<Item>();
        var turns = default(LaneTurns);
        for (int lane = 0; lane < 3; lane++)
        {
            for (int i = 0; i < 2000; i++)
                lanes.Add(new Item(lane), Priorities[lane]);
        }

        var log = new List<int>();
        for (int i = 0; i < 1500; i++)
        {
            // A thief looks at its own lanes first; that must not give the first lane new turns.
            Item? item = isStolen ? empty.TryTake(ref turns) ?? lanes.TryTake(ref turns) : lanes.TryTake(ref turns);
            log.Add(item!.Lane);
        }

        for (int start = 0; start < 2 * Sum(); start++)
        {
            for (int length = 1; start + length <= log.Count; length += 7)
            {
                for (int lane = 0; lane < 3; lane++)
                {
                    int served = log.Skip(start).Take(length).Count(l => l == lane);
                    Assert.That(served, Is.GreaterThanOrEqualTo((length / Sum() - 1) * LaneTurns.Weights[lane]));
                }
            }
        }
    }

    private static int Sum()
    {
        int sum = 0;
        foreach (int weight in LaneTurns.Weights)
            sum += weight;
        return sum;
    }

    private sealed record Item(int Lane);
}
