using System.Globalization;
using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Emulator.Loading;
using Engine.Events.Vm;
using Engine.Hosting;

namespace Engine.Fleet.Hosts;

/// <summary>
/// Runs the bundled guest again and again, with a pause between, and has its events recorded. Holds the machine between two
/// instructions when it is asked for a cut. All members are thread-safe.
/// </summary>
internal sealed class GuestLoop(string machineId, EventRecorder recorder, TimeSpan pause) : IAsyncDisposable
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly ManualResetEventSlim _wish = new();
    private readonly Queue<CutWish> _wishes = new();
    private readonly GuestCounts _counts = new(machineId);
    private readonly Lock _lock = new();
    private Machine? _machine;
    private Task? _task;
    private bool _isEnded;
    private int _runs;
    private int _failures;

    /// <summary>Runs that have ended.</summary>
    public int Runs => Volatile.Read(ref _runs);

    public int Failures => Volatile.Read(ref _failures);

    /// <summary>What the machines have done, whether it is recorded or not; as of the last run's end or cut.</summary>
    public GuestCounts Counts => _counts;

    public bool IsRunning
    {
        get
        {
            lock (_lock)
                return _machine is not null;
        }
    }

    public void Start() => _task = Task.Factory.StartNew(
        RunAgainAndAgain, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>
    /// Makes a cut: the machine stands between two instructions, all that it has published is handled, and what is to be done at that
    /// moment is done; then it runs on.
    /// </summary>
    /// <param name="atCut">
    /// Is called on the machine's thread while it stands, with the cut, or null between two runs; what it says is the answer.
    /// </param>
    public Task<string> CutAsync(Func<Machine?, MachineCut?, string> atCut)
    {
        var wish = new CutWish(atCut);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isEnded, this);
            _wishes.Enqueue(wish);
            _wish.Set();
            _machine?.RequestStop();
        }

        return wish.Answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        lock (_lock)
            _machine?.RequestStop();
        if (_task is not null)
            await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _isEnded = true;
            while (_wishes.TryDequeue(out CutWish? wish))
                wish.Answer.TrySetException(new ObjectDisposedException(nameof(GuestLoop)));
        }
    }

    private void RunAgainAndAgain()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Run();
                Interlocked.Increment(ref _runs);
            }
            catch (Exception)
            {
                Interlocked.Increment(ref _failures);
            }

            Pause();
        }
    }

    private void Pause()
    {
        long end = Environment.TickCount64 + (long)pause.TotalMilliseconds;
        while (!_stop.IsCancellationRequested && end - Environment.TickCount64 is > 0 and var left)
        {
            try
            {
                if (_wish.Wait((int)left, _stop.Token))
                    Grant(null);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Run()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Configure(options => options.Name = machineId).Build();
        recorder.Attach(engine);
        try
        {
            using var board = new VirtBoard(new VirtBoardOptions { ConsoleOutput = static _ => { } }, engine);
            LoadedGuest guest = board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name);
            board.Boot(guest.EntryPoint);
            engine.Start();
            lock (_lock)
                _machine = board.Machine;
            try
            {
                RunToItsEnd(board.Machine);
            }
            finally
            {
                lock (_lock)
                    _machine = null;
                _counts.Note(board.Machine, isEnd: true);
            }
        }
        finally
        {
            engine.StopAsync(DrainTime).GetAwaiter().GetResult();
            recorder.Detach();
        }
    }

    private void RunToItsEnd(Machine machine)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_wish.IsSet)
                Grant(machine);
            MachineRunResult result = machine.Run();
            if (result.Reason != VCpuExitReason.Cancelled)
                return;
        }
    }

    private void Grant(Machine? machine)
    {
        CutWish[] wishes;
        lock (_lock)
        {
            _wish.Reset();
            wishes = [.. _wishes];
            _wishes.Clear();
        }

        foreach (CutWish wish in wishes)
        {
            try
            {
                wish.Answer.TrySetResult(wish.AtCut(machine, machine is null ? null : CutOf(machine)));
            }
            catch (Exception error)
            {
                wish.Answer.TrySetException(error);
            }
        }
    }

    private MachineCut CutOf(Machine machine)
    {
        MachineCutResult result = machine.Cut();
        _counts.Note(machine, isEnd: false);
        return result.Cut ?? throw new TimeoutException(
            string.Create(CultureInfo.InvariantCulture, $"no cut was made: {result.Outcome}: {result.Detail}"));
    }

    private sealed record CutWish(Func<Machine?, MachineCut?, string> AtCut)
    {
        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
