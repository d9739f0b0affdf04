namespace Engine.Emulator.Cli;

/// <summary>Passes the guest's console through and shows nothing else.</summary>
internal sealed class PlainView : IRunView
{
    private readonly byte[] _buffer = new byte[4096];
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
        MachineRunResult result = run();
        if (!_endsLine)
            WriteConsole((byte)'\n');
        Flush();
        return result;
    }

    private void Flush()
    {
        using Stream output = Console.OpenStandardOutput();
        output.Write(_buffer, 0, _count);
        _count = 0;
    }
}
