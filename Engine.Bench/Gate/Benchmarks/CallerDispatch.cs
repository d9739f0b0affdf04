using Engine.Dispatch;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// Dispatches on the calling thread what an engine has buffered that was never started: publishing and dispatching can
/// then be measured one after the other, each without the other's thread.
/// </summary>
internal readonly struct CallerDispatch
{
    private readonly DispatchWorker _worker;

    public CallerDispatch(EventEngine engine) => _worker = engine.Dispatcher.Workers.Single();

    /// <summary>Serves the worker's lanes batch by batch until they are empty.</summary>
    public void DispatchAll()
    {
        DispatchTurn turn;
        do
            turn = new DispatchTurn(HandlerScope.Current, MonotonicClock.Now);
        while (_worker.ServeLanesOf(_worker, turn) > 0);
    }
}
