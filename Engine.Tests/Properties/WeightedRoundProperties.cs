using Engine.Dispatch;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>The bounds that the weighted round-robin promises, for random weights and arrivals.</summary>
[Parallelizable]
public class WeightedRoundProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true);

    private static readonly Gen<int[]> Weights =
        from count in Gen.Choose(1, 6)
        from weights in Gen.Choose(1, 9).ArrayOf(count)
        select weights.OrderDescending().ToArray();

    [Test]
    public void Backlogged_lanes_get_at_least_their_share_of_any_run_of_dispatches() =>
        Prop.ForAll(Weights.ToArbitrary(), weights =>
        {
            var server = new Server(weights);
            foreach (Lane lane in server.Lanes)
                lane.Waiting = int.MaxValue / 2;
            int total = weights.Sum();
            for (int round = 0; round < 12; round++)
                WeightedRound.Run<Lane, Server>(server.Lanes, ref server);
            for (int start = 0; start < total; start++)
            {
                for (int end = start + 1; end <= server.Log.Count; end++)
                    RequireShares(server, start, end, total);
            }
        }).Check(Thorough);

    [Test]
    public void The_head_of_a_lane_waits_for_at_most_the_weights_of_the_others() =>
        Prop.ForAll(Weights.ToArbitrary(), Gen.Choose(0, 40).ArrayOf(60).ToArbitrary(), (weights, arrivals) =>
        {
            var server = new Server(weights);
            int total = weights.Sum();
            for (int round = 0; round < arrivals.Length; round++)
            {
                server.Arrive(arrivals[round] % weights.Length, arrivals[round]);
                WeightedRound.Run<Lane, Server>(server.Lanes, ref server);
            }

            foreach (Lane lane in server.Lanes)
                Require(lane.LongestWait <= total - lane.Weight, $"weight {lane.Weight} waited {lane.LongestWait} of {total}");
        }).Check(Thorough);

    [Test]
    public void A_round_is_work_conserving() =>
        Prop.ForAll(Weights.ToArbitrary(), Gen.Choose(0, 40).ArrayOf(30).ToArbitrary(), (weights, arrivals) =>
        {
            var server = new Server(weights);
            foreach (int arrival in arrivals)
            {
                server.Arrive(arrival % weights.Length, arrival);
                int possible = server.Lanes.Sum(lane => Math.Min(lane.Waiting, lane.Weight));
                int dispatched = WeightedRound.Run<Lane, Server>(server.Lanes, ref server);
                Require(dispatched == possible, $"dispatched {dispatched}, possible {possible}");
            }
        }).Check(Thorough);

    [Test]
    public void A_lane_that_a_look_has_emptied_is_not_looked_at_again_in_the_round()
    {
        var server = new Server([4, 4]);
        server.Lanes[0].Waiting = 2;
        server.Lanes[1].Waiting = 9;
        Assert.That(WeightedRound.Run<Lane, Server>(server.Lanes, ref server), Is.EqualTo(6));
        Assert.That(server.Looks, Is.EqualTo(new[] { 0, 0, 1, 1, 1, 1 }));
    }

    [Test]
    public void A_lane_that_is_busy_elsewhere_costs_the_others_nothing()
    {
        var server = new Server([5, 3, 1]) { Blocked = 1 };
        foreach (Lane lane in server.Lanes)
            lane.Waiting = 100;
        Assert.That(WeightedRound.Run<Lane, Server>(server.Lanes, ref server), Is.EqualTo(6));
        Assert.That(server.Log, Is.EqualTo(new[] { 0, 0, 0, 0, 0, 2 }));
    }

    private static void RequireShares(Server server, int start, int end, int total)
    {
        int length = end - start;
        for (int lane = 0; lane < server.Lanes.Length; lane++)
        {
            int served = server.Log.Skip(start).Take(length).Count(l => l == lane);
            int promised = ((length / total) - 1) * server.Lanes[lane].Weight;
            Require(served >= promised, $"lane {lane} got {served} of {length}, promised {promised}");
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException(what);
    }

    private sealed class Lane(int index, int weight)
    {
        public int Index { get; } = index;

        public int Weight { get; } = weight;

        public int Waiting { get; set; }

        public int WaitOfHead { get; set; }

        public int LongestWait { get; private set; }

        public void Serve()
        {
            Waiting--;
            LongestWait = Math.Max(LongestWait, WaitOfHead);
            WaitOfHead = 0;
        }
    }

    private struct Server(int[] weights) : ILaneServer<Lane>
    {
        public Lane[] Lanes { get; } = [.. weights.Select((weight, i) => new Lane(i, weight))];

        public List<int> Log { get; } = [];

        public List<int> Looks { get; } = [];

        public int Blocked { get; init; } = -1;

        public readonly int WeightOf(Lane lane) => lane.Weight;

        public readonly int Serve(Lane lane, out bool hasMore)
        {
            hasMore = false;
            Looks.Add(lane.Index);
            if (lane.Waiting == 0 || lane.Index == Blocked)
                return 0;
            lane.Serve();
            Log.Add(lane.Index);
            foreach (Lane other in Lanes)
            {
                if (other != lane && other.Waiting > 0)
                    other.WaitOfHead++;
            }

            hasMore = lane.Waiting > 0;
            return 1;
        }

        public readonly void Arrive(int lane, int count) => Lanes[lane].Waiting += count;
    }
}
