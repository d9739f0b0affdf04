using System.CommandLine;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Text;
using Microsoft.Diagnostics.NETCore.Client;

namespace Engine.Bench.DiagnosticsCost;

/// <summary>
/// A session as tracing tools open it: a process of its own that reads this one's events by EventPipe. It reads until its
/// standard input ends, then stops the session and prints the bytes it got.
/// </summary>
internal sealed class EventPipeSession : IListening
{
    private const string ChildArgument = "diagnostics-cost-child";
    private const string Ready = "ready";
    private const int BufferMegabytes = 64;
    private const long AllKeywords = -1;

    // Each run starts an engine, so a session that works has this event.
    private const string ExpectedEvent = "EngineStarted";

    private readonly Process _child;

    public EventPipeSession(SessionLevel level)
    {
        // This program may have been started by its own executable or by "dotnet".
        string host = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [typeof(EventPipeSession).Assembly.Location] : [];
        var start = new ProcessStartInfo(
            host, [.. program, ChildArgument, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), level.ToString()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _child = Process.Start(start) ?? throw new InvalidOperationException("The reading process could not be started.");
        if (_child.StandardOutput.ReadLine() != Ready)
            throw new InvalidOperationException("The reading process could not open its session.");
    }

    public string Unit => "bytes";

    /// <summary>The hidden command that makes this program the reading process.</summary>
    public static Command CreateChild()
    {
        var processId = new Argument<int>("process-id");
        var level = new Argument<SessionLevel>("level");
        var command = new Command(ChildArgument) { processId, level };
        command.Hidden = true;
        command.SetAction(result => RunAsChild(result.GetValue(processId), result.GetValue(level)));
        return command;
    }

    public long Stop()
    {
        _child.StandardInput.Close();
        string bytes = _child.StandardOutput.ReadToEnd();
        _child.WaitForExit();
        return long.Parse(bytes, CultureInfo.InvariantCulture);
    }

    public void Dispose() => _child.Dispose();

    private static int RunAsChild(int processId, SessionLevel level)
    {
        using Microsoft.Diagnostics.NETCore.Client.EventPipeSession session = new DiagnosticsClient(processId).StartEventPipeSession(
            [new EventPipeProvider("Engine", (EventLevel)level, AllKeywords)], requestRundown: false, BufferMegabytes);
        Console.WriteLine(Ready);
        // While the session stops, its last events still have to be read.
        Task<long> reading = Task.Run(() => CountBytes(session.EventStream));
        Console.In.ReadToEnd();
        session.Stop();
        Console.WriteLine(reading.GetAwaiter().GetResult().ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static long CountBytes(Stream stream)
    {
        byte[] expected = Encoding.Unicode.GetBytes(ExpectedEvent);
        byte[] buffer = new byte[1 << 20];
        long bytes = 0;
        int kept = 0;
        bool isFound = false;
        int read;
        while ((read = stream.Read(buffer, kept, buffer.Length - kept)) > 0)
        {
            bytes += read;
            int end = kept + read;
            isFound = isFound || buffer.AsSpan(0, end).IndexOf(expected) >= 0;
            kept = Math.Min(end, expected.Length - 1);
            buffer.AsSpan(end - kept, kept).CopyTo(buffer);
        }

        return isFound ? bytes : throw new InvalidOperationException($"The session has no event {ExpectedEvent}.");
    }
}
