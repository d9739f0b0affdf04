using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Emulator.Cli;

/// <summary>Keeps its thread busy at each event, so that profilers have something to find and rings fill up.</summary>
internal sealed class SlowHandler<T>(TimeSpan duration) : IEventHandler<T>
    where T : unmanaged, IEvent<T>
{
    // Inlined, its time would show as the caller's.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Handle(in T @event, in Envelope envelope)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            // Computes, as a handler would; waiting would leave the processor to others.
        }
    }
}
