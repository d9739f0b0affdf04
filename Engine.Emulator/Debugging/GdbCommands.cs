using System.Text;
using Engine.Emulator.Cpu;

namespace Engine.Emulator.Debugging;

/// <summary>What a packet asks for beside its answer.</summary>
internal enum GdbAction
{
    None,
    Continue,
    Step,
    ReverseContinue,
    ReverseStep,
    Detach,
    Kill,
}

/// <summary>Answers the packets of a halted guest. A packet it does not know gets the empty answer, one it cannot read an error.</summary>
internal sealed class GdbCommands(MachineDebugger debugger, GdbConnection connection)
{
    /// <summary>The guest stopped at a breakpoint or behind a step.</summary>
    public const string Trapped = "T05";

    /// <summary>The guest was interrupted.</summary>
    public const string Interrupted = "T02";

    /// <summary>The guest has gone back as far as there is a way.</summary>
    public const string AtBegin = "T05replaylog:begin;";

    private const string Fine = "OK";
    private const string Unknown = "";
    private const string Malformed = "E01";
    private const string NoMemory = "E0e";
    private const ulong MaxMemory = GdbPacket.MaxLength / 2;

    private GdbRegisters Registers => new(debugger.Hart);

    /// <summary>Why the guest stands still.</summary>
    public string LastStop { get; set; } = Trapped;

    /// <summary>Answers a packet; what resumes the guest is answered when it stops.</summary>
    public GdbAction Execute(string packet)
    {
        GdbAction action = ActionOf(packet);
        string? answer = action switch
        {
            GdbAction.Continue or GdbAction.Step or GdbAction.ReverseContinue or GdbAction.ReverseStep or GdbAction.Kill => null,
            GdbAction.Detach => Fine,
            _ => Answer(packet),
        };
        if (packet == "QStartNoAckMode")
            connection.StopAcknowledging();
        if (answer is not null)
            connection.Send(answer);
        return action;
    }

    private GdbAction ActionOf(string packet)
    {
        switch (packet)
        {
            case "bc" when debugger.HasHistory:
                return GdbAction.ReverseContinue;
            case "bs" when debugger.HasHistory:
                return GdbAction.ReverseStep;
            case ['k', ..]:
                return GdbAction.Kill;
            case "D" or ['D', ';', ..]:
                return GdbAction.Detach;
            case ['v', 'K', 'i', 'l', 'l', ';', ..]:
                connection.Send(Fine);
                return GdbAction.Kill;
            case ['v', 'C', 'o', 'n', 't', ';', var first, ..]:
                SelectResumed(packet);
                return first is 's' or 'S' ? GdbAction.Step : first is 'c' or 'C' ? GdbAction.Continue : GdbAction.None;
            case ['c' or 's' or 'C' or 'S', ..]:
                return Resume(packet);
            default:
                return GdbAction.None;
        }
    }

    /// <summary>Continues or steps, at an address if there is one.</summary>
    private GdbAction Resume(string packet)
    {
        bool hasSignal = packet[0] is 'C' or 'S';
        int separator = packet.IndexOf(';', StringComparison.Ordinal);
        string address = !hasSignal ? packet[1..] : separator >= 0 ? packet[(separator + 1)..] : string.Empty;
        if (address.Length > 0)
        {
            if (!GdbHex.TryParse(address, out ulong pc))
                return GdbAction.None;
            debugger.Hart.Pc = pc & ~1UL;
            debugger.NoteChange();
        }

        return packet[0] is 's' or 'S' ? GdbAction.Step : GdbAction.Continue;
    }

    private string Answer(string packet) => packet switch
    {
        "?" => StopReply(LastStop, debugger),
        "g" => ReadGeneral(),
        ['G', .. var values] => WriteGeneral(values),
        ['p', .. var number] => GdbHex.TryParse(number, out ulong register) && Registers.TryRead(register, out ulong value)
            ? GdbHex.Register(value) : Malformed,
        ['P', .. var assignment] => WriteRegister(assignment),
        ['m', .. var range] => ReadMemory(range),
        ['M', .. var text] => WriteMemory(text, isHex: true),
        ['X', .. var text] => WriteMemory(text, isHex: false),
        ['Z' or 'z', ..] => ChangePoint(packet),
        ['H', 'g' or 'c', .. var thread] => TrySelect(thread) ? Fine : Malformed,
        ['H', ..] => Fine,
        ['T', .. var thread] => TryParseThread(thread, out _) ? Fine : Malformed,
        ['c' or 's' or 'C' or 'S', ..] => Malformed,
        _ => AnswerQuery(packet),
    };

    private string AnswerQuery(string packet)
    {
        const string Description = "qXfer:features:read:target.xml:";
        if (packet.StartsWith("qSupported", StringComparison.Ordinal))
        {
            return $"PacketSize={GdbPacket.MaxLength:x};qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak-;hwbreak-" +
                (debugger.HasHistory ? ";ReverseStep+;ReverseContinue+" : string.Empty);
        }

        if (packet.StartsWith(Description, StringComparison.Ordinal))
            return Part(GdbTargetDescription.Text, packet.AsSpan(Description.Length));
        if (packet.StartsWith("qAttached", StringComparison.Ordinal))
            return "1";
        return packet switch
        {
            "QStartNoAckMode" => Fine,
            "vCont?" => "vCont;c;C;s;S",
            "qC" => $"QC{debugger.Selected + 1:x}",
            "qfThreadInfo" => $"m{string.Join(',', Enumerable.Range(1, debugger.HartCount).Select(static thread => $"{thread:x}"))}",
            "qsThreadInfo" => "l",
            _ => Unknown,
        };
    }

    /// <summary>A stop reply with the thread that it is about: a hart's number and one.</summary>
    public static string StopReply(string stop, MachineDebugger debugger) => $"{stop[..3]}thread:{debugger.Selected + 1:x};{stop[3..]}";

    // What is not said to be another thread stays: any will do.
    private bool TrySelect(string thread) =>
        thread is "0" or "-1" or "" || (TryParseThread(thread, out int hart) && debugger.TrySelect(hart));

    private bool TryParseThread(string thread, out int hart)
    {
        hart = -1;
        if (!GdbHex.TryParse(thread, out ulong number) || number < 1 || number > (ulong)debugger.HartCount)
            return false;
        hart = (int)number - 1;
        return true;
    }

    /// <summary>vCont names the thread of its first action, which is the one to step.</summary>
    private void SelectResumed(string packet)
    {
        int end = packet.IndexOf(';', "vCont;".Length);
        string action = end < 0 ? packet["vCont;".Length..] : packet["vCont;".Length..end];
        int colon = action.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
            TrySelect(action[(colon + 1)..]);
    }

    private static string Part(string document, ReadOnlySpan<char> range)
    {
        if (!GdbHex.TryParsePair(range, ',', out ulong offset, out ulong length))
            return Malformed;
        if (offset >= (ulong)document.Length)
            return "l";
        var start = (int)offset;
        var count = (int)Math.Min(Math.Min(length, GdbPacket.MaxLength - 16), (ulong)(document.Length - start));
        return string.Concat(start + count == document.Length ? "l" : "m", document.AsSpan(start, count));
    }

    private string ReadGeneral()
    {
        var text = new StringBuilder();
        for (ulong number = 0; number < GdbRegisters.GeneralCount; number++)
        {
            Registers.TryRead(number, out ulong value);
            text.Append(GdbHex.Register(value));
        }

        return text.ToString();
    }

    private string WriteGeneral(string values)
    {
        debugger.NoteChange();
        const int Digits = 2 * sizeof(ulong);
        if (values.Length < GdbRegisters.GeneralCount * Digits || !GdbHex.TryParseBytes(values, out _))
            return Malformed;
        bool isWritten = true;
        for (int number = 0; number < GdbRegisters.GeneralCount; number++)
        {
            isWritten &= GdbHex.TryParseRegister(values.AsSpan(number * Digits, Digits), out ulong value)
                && Registers.TryWrite((ulong)number, value);
        }

        return isWritten ? Fine : Malformed;
    }

    private string WriteRegister(string assignment)
    {
        debugger.NoteChange();
        int separator = assignment.IndexOf('=', StringComparison.Ordinal);
        return separator > 0 && GdbHex.TryParse(assignment.AsSpan(0, separator), out ulong number)
            && GdbHex.TryParseRegister(assignment.AsSpan(separator + 1), out ulong value) && Registers.TryWrite(number, value)
            ? Fine : Malformed;
    }

    private string ReadMemory(string range)
    {
        if (!GdbHex.TryParsePair(range, ',', out ulong address, out ulong count) || count > MaxMemory)
            return Malformed;
        byte[] bytes = new byte[count];
        return debugger.TryReadMemory(address, bytes) ? GdbHex.Bytes(bytes) : NoMemory;
    }

    private string WriteMemory(string text, bool isHex)
    {
        int separator = text.IndexOf(':', StringComparison.Ordinal);
        if (separator < 0 || !GdbHex.TryParsePair(text.AsSpan(0, separator), ',', out ulong address, out ulong count))
            return Malformed;
        byte[] bytes = Encoding.Latin1.GetBytes(text[(separator + 1)..]);
        if ((isHex && !GdbHex.TryParseBytes(text.AsSpan(separator + 1), out bytes)) || (ulong)bytes.Length != count)
            return Malformed;
        return debugger.TryWriteMemory(address, bytes) ? Fine : NoMemory;
    }

    private string ChangePoint(string packet)
    {
        if (packet.Length < 3 || packet[2] != ',')
            return Malformed;
        int end = packet.IndexOf(';', StringComparison.Ordinal);
        ReadOnlySpan<char> range = end < 0 ? packet.AsSpan(3) : packet.AsSpan(3, end - 3);
        if (!GdbHex.TryParsePair(range, ',', out ulong address, out ulong count))
            return Malformed;
        bool adds = packet[0] == 'Z';
        if (packet[1] is '0' or '1')
        {
            if (adds)
                debugger.AddBreakpoint(address);
            else
                debugger.RemoveBreakpoint(address);
            return Fine;
        }

        if (packet[1] is not ('2' or '3' or '4'))
            return Unknown;
        if (count == 0)
            return Malformed;
        var watchpoint = new Watchpoint(DebugStopKind.WriteWatch + (packet[1] - '2'), address, count);
        if (adds)
            debugger.Add(watchpoint);
        else
            debugger.Remove(watchpoint);
        return Fine;
    }
}
