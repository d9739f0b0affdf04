using System.Runtime.CompilerServices;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Primitives;

/// <summary>Counters whose cells outlive their threads, and whose places are used again.</summary>
public class ThreadCounterTests
{
    [Test]
    public void What_ended_threads_counted_stays()
    {
        var counter = new ThreadCounter();
        for (int generation = 1; generation <= 5; generation++)
        {
            Threads.Run(8, _ => Increment(counter, 1000));
            // So that the next generation goes on with the cells of this one.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.That(counter.Value, Is.EqualTo(8000L * generation));
        }
    }

    [Test]
    public void A_counter_starts_at_zero_wherever_an_earlier_one_counted()
    {
        for (int round = 0; round < 3; round++)
        {
            CountAndForget();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            ThreadCounter[] counters = [.. Enumerable.Range(0, 100).Select(static _ => new ThreadCounter())];
            Assert.That(counters.Select(static counter => counter.Value), Has.All.Zero);
            for (int i = 0; i < counters.Length; i++)
                Increment(counters[i], i);
            Assert.That(counters.Select(static counter => counter.Value), Is.EqualTo(Enumerable.Range(0, counters.Length)));
        }
    }

    [Test]
    public void A_reader_never_sees_a_counter_fall_while_cells_move()
    {
        var counter = new ThreadCounter();
        bool isOver = false;
        long falls = 0;
        RunningThreads reader = Threads.Start(() =>
        {
            long last = 0;
            while (!Volatile.Read(ref isOver))
            {
                long now = counter.Value;
                falls += now < last ? 1 : 0;
                last = now;
            }
        });
        var others = new List<ThreadCounter>();
        for (int i = 0; i < 5000; i++)
        {
            // Each new counter's place may be behind the end of this thread's cells.
            others.Add(new ThreadCounter());
            Increment(others[^1], 1);
            Increment(counter, 10);
        }

        Volatile.Write(ref isOver, true);
        reader.Join();
        Assert.That((falls, counter.Value), Is.EqualTo((0L, 50_000L)));
        Assert.That(others.Select(static other => other.Value), Has.All.EqualTo(1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CountAndForget()
    {
        for (int i = 0; i < 100; i++)
            Increment(new ThreadCounter(), 7);
    }

    private static void Increment(ThreadCounter counter, int count)
    {
        ThreadCells thread = ThreadCells.Current;
        for (int i = 0; i < count; i++)
            counter.Increment(thread);
    }
}
