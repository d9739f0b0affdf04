using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Engine.Bench.Support;

/// <summary>
/// The time a cache line takes from one core to another and back. On virtual machines it changes by a factor of five
/// from one moment to the next and moves every two-thread figure with it, so it is measured beside each round.
/// </summary>
internal static class CoreRoundTrip
{
    private const int RoundTrips = 20_000;

    public static double MeasureNanoseconds()
    {
        var cells = new Cells();
        var echo = new Thread(() =>
        {
            for (int i = 1; i <= RoundTrips; i++)
            {
                SpinUntil(ref cells.Request, i);
                Volatile.Write(ref cells.Reply, i);
            }
        })
        { IsBackground = true };
        echo.Start();
        long start = 0;
        for (int i = 1; i <= RoundTrips; i++)
        {
            if (i == RoundTrips / 2)
                start = Stopwatch.GetTimestamp();
            Volatile.Write(ref cells.Request, i);
            SpinUntil(ref cells.Reply, i);
        }

        double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        echo.Join();
        return elapsed / ((RoundTrips / 2) + 1);
    }

    private static void SpinUntil(ref int cell, int value)
    {
        int spins = 0;
        while (Volatile.Read(ref cell) != value)
        {
            // With one processor the other side can only run when this one gives way.
            if (++spins % 10_000 == 0)
                Thread.Yield();
        }
    }

    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private sealed class Cells
    {
        [FieldOffset(128)]
        public int Request;

        [FieldOffset(256)]
        public int Reply;
    }
}
