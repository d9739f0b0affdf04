using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Passes the guest's console through and shows nothing else. Ends the run when that cannot be written any more.</summary>
internal sealed class PlainView : IRunView
{
    private readonly Stream _output = StandardStreams.OpenOutput();
    private readonly byte[] _buffer = new byte[4096];
    private RunProgress? _progress;
    private bool _isBroken;
    private int _count;
    private bool _endsLine = true;

    public void WriteConsole(byte value)
    {
        _buffer[_count++] = value;
        _endsLine = value == '\n';
        // Somebody may be reading along: a line, or a prompt that waits for input, is shown at once.
        if (_count == _buffer.Length || _endsLine || value is (byte)' ' or (byte)'>' or (byte)'$' or (byte)'#')
            Flush();
    }

    public MachineRunResult Show(RunProgress progress, Func<MachineRunResult> run)
    {
        _progress = progress;
        MachineRunResult result = run();
        if (!_endsLine)
            WriteConsole((byte)'\n');
        Flush();
        return result;
    }

    private void Flush()
    {
        try
        {
            if (!_isBroken)
                _output.Write(_buffer, 0, _count);
        }
        catch (IOException)
        {
            // On the machine's thread, in the middle of an instruction: the run ends in order, and the exit code tells.
            _isBroken = true;
            _progress?.RequestStop();
        }

        _count = 0;
    }
}
