using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Engine.Tests.Support;

/// <summary>Waits for what other threads do. The timeout is a guard against hangs, never a measure of speed.</summary>
public static class Eventually
{
    public static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(5);

    /// <summary>Waits until the condition holds; fails the test when it does not within the guard.</summary>
    public static void IsTrue(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        if (!Holds(condition, HangGuard))
            Assert.Fail($"Gave up after {HangGuard.TotalSeconds} s waiting for: {what}");
    }

    /// <summary>Waits for a task of the engine and returns its result.</summary>
    public static T Result<T>(Task<T> task)
    {
        if (!task.Wait(HangGuard))
            Assert.Fail($"Gave up after {HangGuard.TotalSeconds} s waiting for a task.");
        return task.Result;
    }

    /// <summary>Waits for a gate that another thread opens.</summary>
    public static void IsOpen(ManualResetEventSlim gate)
    {
        if (!gate.Wait(HangGuard))
            Assert.Fail($"Gave up after {HangGuard.TotalSeconds} s waiting for a gate.");
    }

    private static bool Holds(Func<bool> condition, TimeSpan guard)
    {
        long start = Stopwatch.GetTimestamp();
        var spinner = new SpinWait();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > guard)
                return false;
            spinner.SpinOnce();
        }

        return true;
    }
}
