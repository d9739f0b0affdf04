using System.Diagnostics;
using Engine.Ring.WaitStrategies;

namespace Engine.Dispatch;

/// <summary>The workers, and which of them serves which shard.</summary>
[DebuggerDisplay("{Workers.Count} workers")]
internal sealed class Dispatcher
{
    private readonly Lock _assignLock = new();
    private readonly Dictionary<string, DispatchWorker> _workerOfShard = [];
    private readonly DispatchWorker[] _workers;

    private Dispatcher(DispatchWorker[] workers) => _workers = workers;

    public IReadOnlyList<DispatchWorker> Workers => _workers;

    /// <summary>Makes the workers; they do not run yet.</summary>
    public static Dispatcher Create<TWait>(DispatcherOptions options, TWait wait, Action<DispatchLane> onLaneRemoved)
        where TWait : struct, IWaitStrategy
    {
        var stealing = new WorkStealing(options.StealAfter);
        var workers = new DispatchWorker[options.WorkerCount];
        for (int i = 0; i < workers.Length; i++)
        {
            int? processor = options.Affinity.Count > 0 ? options.Affinity[i % options.Affinity.Count] : null;
            workers[i] = new DispatchWorker<TWait>(
                options.EngineName, $"{options.ThreadNamePrefix}-{i}", processor, options.CreateBatchSizer(), onLaneRemoved, wait,
                stealing);
        }

        stealing.SetWorkers(workers);
        return new Dispatcher(workers);
    }

    /// <summary>The worker that serves a shard: the one with the fewest shards when the shard is first seen.</summary>
    public DispatchWorker WorkerOf(string shard)
    {
        lock (_assignLock)
        {
            if (!_workerOfShard.TryGetValue(shard, out DispatchWorker? worker))
            {
                worker = _workers.MinBy(w => _workerOfShard.Values.Count(other => other == w))!;
                _workerOfShard.Add(shard, worker);
            }

            return worker;
        }
    }

    public void Start()
    {
        foreach (DispatchWorker worker in _workers)
            worker.Start();
    }

    /// <summary>
    /// Begins the end. The lanes have been closed before; when this returns, every publish either is visible to the
    /// workers' last look or finds its signal closed and takes its event back.
    /// </summary>
    public void BeginDrain()
    {
        foreach (DispatchWorker worker in _workers)
            worker.Signal.Close();
        // Keeps a publisher's cursor store before its load of the signal, on the publisher's behalf; partner: step 4
        // of SingleProducerSequencer. Without it an event could be published after the last look and never accounted.
        Interlocked.MemoryBarrierProcessWide();
        SetPhase(DispatchPhase.Draining);
    }

    /// <summary>Makes the workers end after the batch in work.</summary>
    public void Abandon() => SetPhase(DispatchPhase.Abandoned);

    /// <summary>Completes when all workers have ended.</summary>
    public Task WhenEnded() => Task.WhenAll(_workers.Select(static w => w.Ended));

    private void SetPhase(DispatchPhase phase)
    {
        foreach (DispatchWorker worker in _workers)
        {
            worker.Phase = phase;
            worker.Signal.Interrupt();
        }
    }
}
