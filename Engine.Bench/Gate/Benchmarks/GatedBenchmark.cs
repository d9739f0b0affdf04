namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// One path that the gate watches. A segment prepares, executes under the meter, and verifies that the work was done;
/// segments of one benchmark do identical work. A segment has to last 50 microseconds or more, because reading a thread's
/// processor time is a system call.
/// </summary>
internal abstract class GatedBenchmark : IDisposable
{
    /// <summary>Operations of a segment.</summary>
    public abstract int OperationsPerSegment { get; }

    /// <summary>Runs segments and returns how far the meter moved while they executed.</summary>
    public long Run(int segments, Func<long> meter)
    {
        int operations = SeededSlowdown.OperationsToExecute(OperationsPerSegment);
        long sum = 0;
        for (int i = 0; i < segments; i++)
        {
            Prepare(operations);
            long start = meter();
            Execute(operations);
            sum += meter() - start;
            Verify(operations);
        }

        return sum;
    }

    public abstract void Dispose();

    /// <summary>Unmetered: brings everything into the state a segment starts from.</summary>
    protected virtual void Prepare(int operations)
    {
    }

    /// <summary>Metered: does the operations.</summary>
    protected abstract void Execute(int operations);

    /// <summary>Unmetered: throws unless the operations were done.</summary>
    protected abstract void Verify(int operations);

    /// <summary>Throws unless a count or checksum is what it has to be.</summary>
    protected static void Check(string what, ulong actual, ulong expected)
    {
        if (actual != expected)
            throw new InvalidOperationException($"The work was not done: {what} is {actual} but must be {expected}.");
    }
}
