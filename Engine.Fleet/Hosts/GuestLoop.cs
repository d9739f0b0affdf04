using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Emulator.Loading;
using Engine.Hosting;

namespace Engine.Fleet.Hosts;

/// <summary>Runs the bundled guest again and again, with a pause between, and has its events recorded.</summary>
internal sealed class GuestLoop(string machineId, EventRecorder recorder, TimeSpan pause) : IAsyncDisposable
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Machine? _machine;
    private Task? _task;
    private int _runs;
    private int _failures;

    /// <summary>Runs that have ended.</summary>
    public int Runs => Volatile.Read(ref _runs);

    public int Failures => Volatile.Read(ref _failures);

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

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        lock (_lock)
            _machine?.RequestStop();
        if (_task is not null)
            await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

            _stop.Token.WaitHandle.WaitOne(pause);
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
                if (!_stop.IsCancellationRequested)
                    board.Machine.Run();
            }
            finally
            {
                lock (_lock)
                    _machine = null;
            }
        }
        finally
        {
            engine.StopAsync(DrainTime).GetAwaiter().GetResult();
            recorder.Detach();
        }
    }
}
