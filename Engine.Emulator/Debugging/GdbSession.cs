using Engine.Emulator.Cpu;
using Engine.Events.Vm;

namespace Engine.Emulator.Debugging;

/// <summary>
/// Runs a machine as a debugger wants it. The guest waits for the first debugger before its first instruction. One that attaches later
/// stops it; one that detaches lets it run; one that is gone without a word leaves it as it was, running or halted, for the next.
/// </summary>
internal sealed class GdbSession(Machine machine, GdbServer server, MachineHistory? history = null)
{
    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(50);

    private readonly MachineDebugger _debugger = new(machine, history);
    private GdbCommands? _commands;
    private GdbConnection? _client;
    private bool _isHalted = true;
    private bool _steps;
    private bool _isKilled;
    private bool _hasGoneBack;

    /// <summary>Runs the machine to its end, as <see cref="Machine.Run"/> does; what debuggers stop it for ends nothing.</summary>
    public MachineRunResult Run(ulong maxInstructions)
    {
        ulong start = machine.RetiredInstructions;
        ulong retired = 0;
        while (true)
        {
            if (_hasGoneBack)
                (retired, _hasGoneBack) = (machine.RetiredInstructions - start, false);
            if (_isHalted && !_isKilled && !machine.Hart.IsStopRequested)
            {
                if (server.Take(LookAround) is GdbEvent next)
                    Handle(next);
                continue;
            }

            if (_isKilled)
                machine.RequestStop();
            MachineRunResult result = _steps && !_isHalted && retired < maxInstructions
                ? _debugger.Step(maxInstructions - retired)
                : _debugger.Continue(maxInstructions - retired);
            retired += result.RetiredInstructions;
            if (!GoesOn(result, retired >= maxInstructions))
            {
                if (_client is GdbConnection client)
                    client.Send($"W{(result.Reason == VCpuExitReason.GuestExit ? result.ExitCode & 0xFF : 0):x2}");
                return result with { RetiredInstructions = retired };
            }
        }
    }

    /// <summary>Sees to what stopped the machine; false when the run has ended.</summary>
    private bool GoesOn(MachineRunResult result, bool isBudgetUsedUp)
    {
        switch (_debugger.Stop.Kind)
        {
            case DebugStopKind.None:
                break;
            case DebugStopKind.Requested:
                while (!_isHalted && server.Take(TimeSpan.Zero) is GdbEvent next)
                    Handle(next);
                return true;
            default:
                Halt(StopReply(_debugger.Stop));
                return true;
        }

        if (result.Reason == VCpuExitReason.Breakpoint || (result.Reason == VCpuExitReason.InstructionBudget && !isBudgetUsedUp))
        {
            Halt(GdbCommands.Trapped);
            return true;
        }

        return false;
    }

    private void Handle(GdbEvent next)
    {
        if (next.Kind == GdbEventKind.Connected)
        {
            _client = next.Connection;
            _commands = new GdbCommands(_debugger, next.Connection);
            _isHalted = true;
            return;
        }

        if (next.Connection != _client)
            return;
        switch (next.Kind)
        {
            case GdbEventKind.Disconnected:
                LetGo();
                break;
            case GdbEventKind.Interrupt when !_isHalted:
                Halt(GdbCommands.Interrupted);
                break;
            case GdbEventKind.Packet when _isHalted:
                Obey(_commands!.Execute(next.Text));
                break;
        }
    }

    private void Obey(GdbAction action)
    {
        switch (action)
        {
            case GdbAction.Continue or GdbAction.Step:
                _isHalted = false;
                _steps = action == GdbAction.Step;
                break;
            case GdbAction.ReverseContinue:
                _hasGoneBack = true;
                Halt(ReverseReply(_debugger.ReverseContinue()));
                break;
            case GdbAction.ReverseStep:
                _hasGoneBack = true;
                Halt(ReverseReply(_debugger.ReverseStep()));
                break;
            case GdbAction.Detach:
                LetGo();
                _isHalted = false;
                _steps = false;
                break;
            case GdbAction.Kill:
                LetGo();
                _isKilled = true;
                break;
        }
    }

    private void Halt(string reply)
    {
        _isHalted = true;
        if (_commands is not null)
            _commands.LastStop = reply;
        if (_client is GdbConnection client)
            client.Send(GdbCommands.StopReply(reply, _debugger));
    }

    private void LetGo()
    {
        _debugger.Clear();
        if (_client is not null)
            server.Release(_client);
        _client = null;
        _commands = null;
        _steps = false;
    }

    private string ReverseReply(HistoryOutcome outcome) => outcome switch
    {
        HistoryOutcome.Reached => StopReply(_debugger.Stop),
        HistoryOutcome.BeforeHistory or HistoryOutcome.Ahead => GdbCommands.AtBegin,
        _ => GdbCommands.Interrupted,
    };

    private static string StopReply(DebugStop stop) => stop.Kind switch
    {
        DebugStopKind.WriteWatch => $"T05watch:{GdbHex.Number(stop.Address)};",
        DebugStopKind.ReadWatch => $"T05rwatch:{GdbHex.Number(stop.Address)};",
        DebugStopKind.AccessWatch => $"T05awatch:{GdbHex.Number(stop.Address)};",
        _ => GdbCommands.Trapped,
    };
}
