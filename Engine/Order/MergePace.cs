using Engine.Primitives;
using Engine.Ring.WaitStrategies;

namespace Engine.Order;

/// <summary>
/// How often the merging thread looks. Each look takes the lines that producers write away from them, so between two looks that
/// find little there is a gap; with nothing to find it spins, yields and then sleeps, as dispatchers do. Belongs to one thread.
/// </summary>
internal struct MergePace
{
    // A pump of so many events took longer than the gap.
    private const long LongPump = MergeOutput.BatchSize;

    // Some ten times what a look costs two producers.
    private static readonly long GapTicks = MonotonicClock.FromMicroseconds(5);
    private static readonly bool IsSingleProcessor = Environment.ProcessorCount == 1;

    private AdaptiveWaitStrategy _wait = new();
    private long _lastNews = MonotonicClock.Now;
    private int _emptyLooks;

    public MergePace()
    {
    }

    /// <summary>Waits after a look, or says that it is time to sleep.</summary>
    /// <param name="arrived">Events that had come since the look before.</param>
    /// <param name="delivered">Events that were due.</param>
    /// <param name="isUrgent">Whether a producer may soon have to wait for room.</param>
    /// <returns>Whether there has been nothing for so long that it should sleep.</returns>
    public bool Wait(long arrived, long delivered, bool isUrgent)
    {
        long now = MonotonicClock.Now;
        if (arrived > 0)
        {
            // Also what is not due yet is a reason to stay awake: more of it would wake a sleeper again and again.
            _wait.Found(arrived, now - _lastNews);
            (_lastNews, _emptyLooks) = (now, 0);
        }

        if (arrived > 0 || delivered > 0)
        {
            if (delivered < LongPump && !isUrgent)
                WaitGap(now);
            return false;
        }

        switch (_wait.Next(++_emptyLooks, now - _lastNews))
        {
            case IdleAction.Park:
                return true;
            case IdleAction.Spin when !isUrgent:
                WaitGap(now);
                break;
            case IdleAction.Spin:
                Thread.SpinWait(1);
                break;
            default:
                Thread.Yield();
                break;
        }

        return false;
    }

    private static void WaitGap(long from)
    {
        if (IsSingleProcessor)
        {
            Thread.Yield();
            return;
        }

        while (MonotonicClock.Now - from < GapTicks)
            Thread.SpinWait(1);
    }
}
