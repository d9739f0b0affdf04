namespace Engine.Tests.Support;

/// <summary>What code allocates on the calling thread once it is warm.</summary>
internal static class Allocations
{
    private const int Calls = 10_000;

    public static long Of(Action code)
    {
        Repeat(code);
        // A collection during the run, which any thread may cause, may count the rest of the thread's allocation buffer as allocated.
        // After one there is no rest.
        GC.Collect();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(code);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>The same for code that must have succeeded when it returns.</summary>
    public static long Of(Func<ValueTask> code) => Of(() =>
    {
        ValueTask task = code();
        if (!task.IsCompletedSuccessfully)
            throw new InvalidOperationException("The code must succeed at once.");
    });

    private static void Repeat(Action code)
    {
        for (int i = 0; i < Calls; i++)
            code();
    }
}
