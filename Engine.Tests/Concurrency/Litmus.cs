namespace Engine.Tests.Concurrency;

/// <summary>What tests share in which two threads meet at one dangerous moment again and again.</summary>
internal static class Litmus
{
    /// <summary>
    /// After that no other round begins. With a processor for each thread a round takes some microseconds; where they have to wait for
    /// their turn, as many rounds would take hours, and few of them would be a meeting.
    /// </summary>
    public static readonly TimeSpan Effort = TimeSpan.FromSeconds(20);

    /// <summary>Spins, so that the other thread is met while both run, and gives way where there is no processor for both.</summary>
    public static void WaitFor(ref long value, long round)
    {
        for (int i = 0; Volatile.Read(ref value) < round; i++)
        {
            if (i > 2000)
                Thread.Yield();
        }
    }
}
