using Engine.Bus.Delivery;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// Adders that wait, with and without a thread, takers, and a bound that changes: nobody waits for ever, nothing is lost.
/// </summary>
public class BoundedQueueStress
{
    [Test]
    public void Nobody_waits_for_ever_and_each_adder_keeps_its_order() => Run(perAdder: 3_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak() => Run(perAdder: 10_000_000);

    [Test]
    public void Closing_sends_all_away_that_wait()
    {
        for (int round = 0; round < 40; round++)
        {
            using var queue = new BoundedQueue<int>(1);
            Assert.That(queue.TryReserve());
            Task<bool>[] waiting =
            [
                Task.Factory.StartNew(() => queue.Reserve(CancellationToken.None), TaskCreationOptions.LongRunning),
                queue.ReserveAsync(CancellationToken.None),
                queue.ReserveAsync(CancellationToken.None),
            ];
            queue.Close();
            Assert.That(Eventually.Result(Task.WhenAll(waiting)), Has.All.False);
            queue.Capacity = 10;
            Assert.That(
                (queue.TryReserve(), queue.Capacity, queue.Count, queue.WaitingCount), Is.EqualTo((false, 0, 1, 0)), "closed for good");
        }
    }

    private static void Run(int perAdder)
    {
        const int Adders = 4;
        using var queue = new BoundedQueue<(int Adder, int Number)>(1);
        int takenCount = 0;
        var last = new int[Adders];
        int over = 0;
        int inversions = 0;
        Action[] adders =
        [
            .. Enumerable.Range(0, Adders).Select(adder => (Action)(() =>
            {
                for (int i = 1; i <= perAdder; i++)
                {
                    bool isReserved = adder % 2 == 0
                        ? queue.Reserve(CancellationToken.None) : Eventually.Result(queue.ReserveAsync(CancellationToken.None));
                    Assert.That(isReserved);
                    queue.Add((adder, i));
                }
            })),
        ];
        Threads.Run(
        [
            .. adders,
            () =>
            {
                var spinner = new SpinWait();
                while (takenCount < Adders * perAdder)
                {
                    over += queue.Count > 8 ? 1 : 0;
                    if (!queue.TryTake(out (int Adder, int Number) item))
                    {
                        spinner.SpinOnce();
                        continue;
                    }

                    inversions += item.Number == last[item.Adder] + 1 ? 0 : 1;
                    last[item.Adder] = item.Number;
                    Volatile.Write(ref takenCount, takenCount + 1);
                }
            },
            () =>
            {
                var random = new Random(1);
                var spinner = new SpinWait();
                while (Volatile.Read(ref takenCount) < Adders * perAdder)
                {
                    queue.Capacity = 1 + random.Next(8);
                    spinner.SpinOnce();
                }
            },
        ]);
        Assert.That((inversions, over, queue.Count, queue.WaitingCount), Is.EqualTo((0, 0, 0, 0)));
    }
}
