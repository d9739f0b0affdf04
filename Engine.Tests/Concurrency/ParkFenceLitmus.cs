using System.Diagnostics;
using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// The one dangerous moment of the sleep/wake protocol, millions of times over: a publisher stores its cursor and looks
/// at the signal while a consumer parks and looks at the cursor. At least one of the two must see the other. Sleeps with a barrier
/// and sleeps that go without, because the one before has left the publisher fenced, take turns.
/// Checked by removing <c>Interlocked.MemoryBarrierProcessWide</c> from <see cref="WakeSignal.Park"/>: on a two-core x64
/// machine, where the store buffer alone makes the reordering, each of three runs then failed within half a second, with more than
/// 15,000 misses. <see cref="SleepWakeStress"/> does not notice the removal.
/// </summary>
public class ParkFenceLitmus
{
    private const int Batch = 16;

    [Test]
    public void Publisher_and_sleeper_never_miss_each_other() => Assert.That(CountMisses(rounds: 300_000, Litmus.Effort), Is.Zero);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak() => Assert.That(CountMisses(rounds: 50_000_000, TimeSpan.MaxValue), Is.Zero);

    private static long CountMisses(long rounds, TimeSpan effort)
    {
        long begun = Stopwatch.GetTimestamp();
        var signal = new WakeSignal();
        var sequencer = new SingleProducerSequencer(64, OverflowPolicy.Wait, signal);
        var slots = new RingBuffer<Wide>(64);
        var round = new Rounds();
        long misses = 0;
        Threads.Run(
            () =>
            {
                long i = 1;
                for (; i <= rounds && Stopwatch.GetElapsedTime(begun) < effort; i++)
                {
                    round.WaitForSleeper(i - 1);
                    sequencer.Claim(Batch, mayWait: true, out long position, out _);
                    round.Start(i);
                    Thread.SpinWait((int)(i % 7));
                    for (int slot = 0; slot < Batch; slot++)
                        slots[position + slot] = new Wide(0, i);
                    if (sequencer.CommitIsSignalled(position + Batch))
                        signal.Wake();
                    round.Published(i);
                    if (!round.WaitForSleeper(i))
                        misses++;
                    // Nobody sleeps: the next sleep needs a barrier again.
                    if (i % 2 == 0)
                        signal.Wake();
                }

                round.End(i);
            },
            () =>
            {
                for (long i = 1; round.WaitForStart(i); i++)
                {
                    Thread.SpinWait((int)(i % 11));
                    var check = new Look(sequencer, signal, round);
                    signal.Park(check, Timeout.InfiniteTimeSpan);
                    sequencer.Advance(Batch);
                    // This core takes the lines that the producer writes next, which keeps its stores waiting longer.
                    for (int slot = 0; slot < Batch; slot++)
                        slots[(i * Batch) + slot] = default;
                    round.Finish(i);
                }
            });
        return misses;
    }

    /// <summary>
    /// Looks whether the cursor has moved, stays parked, but awake, until the publish is over, and notes whether it saw the event or
    /// was seen by its publisher.
    /// </summary>
    private readonly struct Look(Sequencer sequencer, WakeSignal signal, Rounds round) : IProgressCheck
    {
        public bool HasProgress()
        {
            bool hasSeen = sequencer.HasBacklog;
            for (int i = 0; !round.IsPublished; i++)
            {
                Thread.SpinWait(1);
                if (i > 2000)
                    Thread.Yield();
            }

            round.HasMet = hasSeen || !signal.IsParked;
            return true;
        }
    }

    private sealed class Rounds
    {
        private PaddedInt64 _started;
        private PaddedInt64 _finished;

        private PaddedInt64 _published;
        private bool _isOver;

        public bool HasMet { get; set; }

        public bool IsPublished => Volatile.Read(ref _published.Value) == Volatile.Read(ref _started.Value);

        public void Published(long round) => Volatile.Write(ref _published.Value, round);

        public void Start(long round) => Volatile.Write(ref _started.Value, round);

        public void Finish(long round) => Volatile.Write(ref _finished.Value, round);

        /// <summary>Starts a round that is none.</summary>
        public void End(long round)
        {
            _isOver = true;
            Start(round);
        }

        /// <returns>False where there is no such round.</returns>
        public bool WaitForStart(long round)
        {
            Litmus.WaitFor(ref _started.Value, round);
            return !_isOver;
        }

        public bool WaitForSleeper(long round)
        {
            Litmus.WaitFor(ref _finished.Value, round);
            return HasMet;
        }
    }
}
