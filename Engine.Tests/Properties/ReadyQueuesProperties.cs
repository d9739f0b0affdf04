using Engine.Bus;
using Engine.Bus.Scheduling;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>The bounds that the ready queues of a bus's dispatcher promise, for random arrivals.</summary>
public class ReadyQueuesProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true);

    private static readonly DispatchPriority[] Priorities = [DispatchPriority.High, DispatchPriority.Normal, DispatchPriority.Low];

    /// <summary>Positive: so many arrive in that queue. Otherwise: so many are taken, and one more.</summary>
    private static readonly Gen<(int Queue, int Arrive, int Take)[]> Steps =
        (from queue in Gen.Choose(0, 2)
         from arrive in Gen.Choose(0, 30)
         from take in Gen.Choose(0, 30)
         select (queue, arrive, take)).ArrayOf(40);

    [Test]
    public void The_head_of_a_queue_waits_for_at_most_the_weights_of_the_others() =>
        Prop.ForAll(Steps.ToArbitrary(), steps =>
        {
            var queues = new ReadyQueues<Item>();
            var turns = default(PriorityTurns);
            int[] waiting = new int[3];
            int[] headWaits = new int[3];
            foreach ((int queue, int arrive, int take) in steps)
            {
                for (int i = 0; i < arrive; i++)
                    queues.Add(new Item(queue), Priorities[queue]);
                waiting[queue] += arrive;
                for (int i = 0; i < take && waiting.Sum() > 0; i++)
                {
                    Item taken = queues.TryTake(ref turns) ?? throw new InvalidOperationException("Work is there, and none was taken.");
                    waiting[taken.Queue]--;
                    headWaits[taken.Queue] = 0;
                    for (int other = 0; other < 3; other++)
                    {
                        if (other == taken.Queue || waiting[other] == 0)
                            continue;
                        int allowed = Sum() - PriorityTurns.Weights[other];
                        if (++headWaits[other] > allowed)
                        {
                            throw new InvalidOperationException(
                                $"The head of queue {other} waits for more than {allowed} turns of others.");
                        }
                    }
                }
            }
        }).Check(Thorough);

    [Test]
    public void A_backlogged_queue_gets_its_share_of_any_run_of_turns([Values] bool isStolen)
    {
        var queues = new ReadyQueues<Item>();
        var empty = new ReadyQueues<Item>();
        var turns = default(PriorityTurns);
        for (int queue = 0; queue < 3; queue++)
        {
            for (int i = 0; i < 2000; i++)
                queues.Add(new Item(queue), Priorities[queue]);
        }

        var log = new List<int>();
        for (int i = 0; i < 1500; i++)
        {
            // A thief looks at its own queues first; that must not give the first queue new turns.
            Item? item = isStolen ? empty.TryTake(ref turns) ?? queues.TryTake(ref turns) : queues.TryTake(ref turns);
            log.Add(item!.Queue);
        }

        for (int start = 0; start < 2 * Sum(); start++)
        {
            for (int length = 1; start + length <= log.Count; length += 7)
            {
                for (int queue = 0; queue < 3; queue++)
                {
                    int served = log.Skip(start).Take(length).Count(l => l == queue);
                    Assert.That(served, Is.GreaterThanOrEqualTo((length / Sum() - 1) * PriorityTurns.Weights[queue]));
                }
            }
        }
    }

    private static int Sum()
    {
        int sum = 0;
        foreach (int weight in PriorityTurns.Weights)
            sum += weight;
        return sum;
    }

    private sealed record Item(int Queue);
}
