using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Engine.Tests.Support;

/// <summary>Runs bodies on threads of their own, all released at once, and hands on the first exception.</summary>
public static class Threads
{
    public static void Run(int count, Action<int> body) =>
        Run([.. Enumerable.Range(0, count).Select(i => (Action)(() => body(i)))]);

    public static void Run(params Action[] bodies) => Start(bodies).Join();

    /// <summary>Starts the bodies; the caller goes on and joins them later.</summary>
    public static RunningThreads Start(params Action[] bodies) => new(bodies);
}

/// <summary>Threads started by a test.</summary>
public sealed class RunningThreads
{
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly Thread[] _threads;

    internal RunningThreads(Action[] bodies)
    {
        var start = new Barrier(bodies.Length);
        _threads = [.. bodies.Select(body => new Thread(() => RunOne(body, start)) { IsBackground = true })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>Whether every thread sleeps or waits.</summary>
    public bool AreBlocked => _threads.All(thread => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0);

    public void Join()
    {
        foreach (Thread thread in _threads)
        {
            if (!thread.Join(Eventually.HangGuard + Eventually.HangGuard))
                Assert.Fail("A thread of the test hangs.");
        }

        if (_failures.TryDequeue(out Exception? failure))
            ExceptionDispatchInfo.Throw(failure);
    }

    private void RunOne(Action body, Barrier start)
    {
        try
        {
            start.SignalAndWait();
            body();
        }
        catch (Exception exception)
        {
            _failures.Enqueue(exception);
        }
    }
}
