using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Engine.Primitives;

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
    private readonly ThreadStall?[] _stalls;

    internal RunningThreads(Action[] bodies)
    {
        var start = new Barrier(bodies.Length);
        _stalls = new ThreadStall?[bodies.Length];
        _threads = [.. bodies.Select((body, i) => new Thread(() => RunOne(i, body, start)) { IsBackground = true })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>
    /// Whether every thread waits for room in a ring. Unlike the state of a thread, which may wait for a moment for anything, this
    /// says that it has begun to: from here on the stall is one that is counted.
    /// </summary>
    public bool AreStalled => Array.TrueForAll(_stalls, static stall => Volatile.Read(ref stall) is { IsStalled: true });

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

    private void RunOne(int index, Action body, Barrier start)
    {
        try
        {
            Volatile.Write(ref _stalls[index], ThreadStall.Current);
            start.SignalAndWait();
            body();
        }
        catch (Exception exception)
        {
            _failures.Enqueue(exception);
        }
    }
}
