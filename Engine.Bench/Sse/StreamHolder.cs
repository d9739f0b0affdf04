using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Engine.Bench.Sse;

/// <summary>
/// A process that holds connections open and takes nothing from them, so that the server's memory can be told from that of its
/// clients.
/// </summary>
internal sealed class StreamHolder : IDisposable
{
    private const string Name = "sse-holder";

    private readonly Process _process;

    private StreamHolder(Process process) => _process = process;

    /// <summary>The hidden command that makes this program the holder.</summary>
    public static Command CreateChild()
    {
        var port = new Argument<int>("port");
        var count = new Argument<int>("count");
        var path = new Argument<string>("path");
        var command = new Command(Name) { port, count, path };
        command.Hidden = true;
        command.SetAction(arguments => Hold(arguments.GetValue(port), arguments.GetValue(count), arguments.GetValue(path)!));
        return command;
    }

    /// <summary>Starts the process, and waits until each connection has had its first bytes.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="count">How many.</param>
    /// <param name="path">What each asks for; empty for connections that ask for nothing more than that they are there.</param>
    public static StreamHolder Start(int port, int count, string path)
    {
        string host = Environment.ProcessPath!;
        string assembly = typeof(StreamHolder).Assembly.Location;
        string program = Path.GetFileNameWithoutExtension(host) == Path.GetFileNameWithoutExtension(assembly) ? host : "dotnet";
        string[] arguments =
            [.. program == host ? [] : new[] { assembly }, Name, $"{port}", count.ToString(CultureInfo.InvariantCulture), path];
        Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })
            ?? throw new InvalidOperationException($"{program} could not be started.");
        var holder = new StreamHolder(process);
        if (process.StandardOutput.ReadLine() == "ready")
            return holder;
        holder.Dispose();
        throw new InvalidOperationException("Connections could not be opened.");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }

    private static int Hold(int port, int count, string path)
    {
        byte[] request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        byte[] answer = new byte[1024];
        var sockets = new List<Socket>();
        for (int i = 0; i < count; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            socket.Connect(IPAddress.Loopback, port);
            socket.Send(request);
            if (socket.Receive(answer) == 0)
                return 1;
        }

        Console.Out.WriteLine("ready");
        Console.Out.Flush();
        while (Console.In.ReadLine() is not null)
        {
            // Until the parent closes it.
        }

        sockets.ForEach(static socket => socket.Dispose());
        return 0;
    }
}
