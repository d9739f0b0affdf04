using Engine.Emulator;
using Engine.Emulator.Debugging;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Debugging;

/// <summary>A machine that runs under a debugging session, on a thread of its own.</summary>
internal sealed class DebuggedMachine : IDisposable
{
    private readonly TestMachine _machine;
    private readonly GdbServer _server;
    private readonly Task<MachineRunResult> _run;

    public DebuggedMachine(
        uint[] program, ulong maxInstructions = ulong.MaxValue, MachineOptions? options = null, MachineHistoryOptions? history = null)
    {
        _machine = new TestMachine(program, options: options);
        _server = GdbServer.Start(_machine.Machine, 0);
        var session = new GdbSession(
            _machine.Machine, _server, history is null ? null : new MachineHistory(_machine.Machine, history));
        _run = Task.Factory.StartNew(() => session.Run(maxInstructions), TaskCreationOptions.LongRunning);
    }

    public Machine Machine => _machine.Machine;

    public GdbClient Connect() => new(_server.Port);

    /// <summary>What the run ended with.</summary>
    public MachineRunResult Result => Eventually.Result(_run);

    public bool HasEnded => _run.IsCompleted;

    public void Dispose()
    {
        _server.Dispose();
        _machine.Machine.RequestStop();
        Eventually.IsTrue(() => _run.IsCompleted);
        _machine.Dispose();
    }
}
