using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Engine.Emulator.Debugging;

/// <summary>What happened at the server.</summary>
internal enum GdbEventKind
{
    Connected,
    Packet,
    Interrupt,
    Disconnected,
}

/// <summary>Something that happened at the server.</summary>
internal readonly record struct GdbEvent(GdbEventKind Kind, GdbConnection Connection, string Text);

/// <summary>
/// Listens for a debugger on the loopback interface. One client is served at a time; another is turned away. What clients send is
/// queued for the thread that runs the machine, which is asked to stop for what cannot wait.
/// </summary>
internal sealed class GdbServer : IDisposable
{
    private const int QueueCapacity = 64;

    private readonly TcpListener _listener;
    private readonly Machine _machine;
    private readonly BlockingCollection<GdbEvent> _events = new(QueueCapacity);
    private GdbConnection? _current;
    private volatile bool _disposed;

    private GdbServer(TcpListener listener, Machine machine)
    {
        _listener = listener;
        _machine = machine;
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The port it listens on.</summary>
    public int Port { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="machine">The machine to debug.</param>
    /// <param name="port">The port, or 0 for any that is free.</param>
    /// <exception cref="SocketException">The port is taken or may not be used.</exception>
    public static GdbServer Start(Machine machine, int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        var server = new GdbServer(listener, machine);
        new Thread(server.Accept) { Name = "gdb-accept", IsBackground = true }.Start();
        return server;
    }

    /// <summary>Takes the next event; null when there is none within the time.</summary>
    public GdbEvent? Take(TimeSpan timeout) => _events.TryTake(out GdbEvent next, timeout) ? next : null;

    /// <summary>Lets go of a client, so that another may come.</summary>
    public void Release(GdbConnection connection)
    {
        connection.Dispose();
        Interlocked.CompareExchange(ref _current, null, connection);
    }

    /// <summary>Stops listening and closes the connection.</summary>
    public void Dispose()
    {
        _disposed = true;
        _listener.Stop();
        Volatile.Read(ref _current)?.Dispose();
    }

    private void Accept()
    {
        while (!_disposed)
        {
            try
            {
                var connection = new GdbConnection(_listener.AcceptTcpClient());
                if (Interlocked.CompareExchange(ref _current, connection, null) is not null)
                    connection.Dispose();
                else
                    new Thread(() => Serve(connection)) { Name = "gdb-client", IsBackground = true }.Start();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException or InvalidOperationException)
            {
                // The server was disposed, or a client was gone before it was served; the loop tells.
            }
        }
    }

    private void Serve(GdbConnection connection)
    {
        Post(new GdbEvent(GdbEventKind.Connected, connection, string.Empty), stops: true);
        connection.Read((kind, text) => Post(
            new GdbEvent(kind == GdbInputKind.Interrupt ? GdbEventKind.Interrupt : GdbEventKind.Packet, connection, text),
            stops: kind == GdbInputKind.Interrupt));
        Post(new GdbEvent(GdbEventKind.Disconnected, connection, string.Empty), stops: true);
    }

    private void Post(GdbEvent next, bool stops)
    {
        // A client that sends faster than it is answered waits for room, as does its disconnection.
        while (!_events.TryAdd(next, millisecondsTimeout: 100))
        {
            if (_disposed)
                return;
            if (stops)
                StopMachine();
        }

        if (stops)
            StopMachine();
    }

    private void StopMachine()
    {
        try
        {
            _machine.RequestDebugStop();
        }
        catch (ObjectDisposedException)
        {
            // The run has ended meanwhile.
        }
    }
}
