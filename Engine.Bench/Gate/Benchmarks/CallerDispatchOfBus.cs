using Engine.Bus;
using Engine.Bus.Scheduling;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// Runs on the calling thread what a bus has queued that was never started: publishing into a queue and handling what is in
/// it can then be measured one after the other, each without the other's thread. Handlers must not wait for anything.
/// </summary>
/// <param name="bus">The bus; its options ask for one dispatcher.</param>
internal readonly struct CallerDispatchOfBus(EventBus bus)
{
    private readonly BusDispatcher _dispatcher = bus.Core.Scheduler.Dispatchers[0];

    /// <summary>Runs turns until nothing is ready any more.</summary>
    public void DispatchAll()
    {
        LaneTurns turns = default;
        while (_dispatcher.Lanes.TryTake(ref turns) is { } work)
        {
            while (work.RunTurn())
            {
            }
        }
    }
}
