using Engine.Handlers.Vm;

namespace Engine.Emulator.Cli;

/// <summary>Tells profilers the guest's hottest functions, each second and at the end, while one listens.</summary>
internal sealed class GuestFunctionSampler : IDisposable
{
    private const int MaxFunctions = 10;
    private const int MaxCountedBlocks = 64;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly ExecutionEventHandler _execution;
    private readonly RunSymbols _symbols;
    private readonly Timer _timer;

    public GuestFunctionSampler(ExecutionEventHandler execution, RunSymbols symbols)
    {
        (_execution, _symbols) = (execution, symbols);
        _timer = new Timer(static sampler => ((GuestFunctionSampler)sampler!).Sample(), this, s_period, s_period);
    }

    public void Dispose()
    {
        _timer.Dispose();
        Sample();
    }

    private void Sample()
    {
        if (!GuestEventSource.Log.IsEnabled())
            return;
        lock (_lock)
        {
            foreach (HotFunction function in _symbols.Sum(_execution.GetHottestBlocks(MaxCountedBlocks), MaxFunctions))
                GuestEventSource.Log.GuestFunctionSampled(function.Name, function.InstructionShare);
        }
    }
}
