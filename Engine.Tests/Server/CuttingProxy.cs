using System.Net;
using System.Net.Sockets;

namespace Engine.Tests.Server;

/// <summary>
/// Stands between clients and a server, and cuts each connection off, now in order and now with a reset, behind so many bytes of
/// the response: anywhere, in the middle of a block too.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _serverPort;
    private readonly int _maxBytes;
    private readonly Random _random;
    private readonly Task _accepting;
    private int _cuts;

    /// <param name="serverPort">The server's port.</param>
    /// <param name="maxBytes">Bytes of a response at most.</param>
    /// <param name="seed">Where to cut.</param>
    public CuttingProxy(int serverPort, int maxBytes, int seed)
    {
        (_serverPort, _maxBytes, _random) = (serverPort, maxBytes, new Random(seed));
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Cuts => Volatile.Read(ref _cuts);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_stop.Token);
                relays.Add(RelayAsync(client, _random.Next(1, _maxBytes), _random.Next(2) == 0));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(Socket client, int bytes, bool resets)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token);
                byte[] buffer = new byte[4096];
                int request = await client.ReceiveAsync(buffer, _stop.Token);
                await server.SendAsync(buffer.AsMemory(0, request), _stop.Token);
                int relayed = 0;
                while (relayed < bytes)
                {
                    int count = await server.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, bytes - relayed)), _stop.Token);
                    if (count == 0)
                        return;
                    await client.SendAsync(buffer.AsMemory(0, count), _stop.Token);
                    relayed += count;
                }

                Interlocked.Increment(ref _cuts);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException)
            {
                return;
            }

            if (resets)
                client.LingerState = new LingerOption(true, 0);
            server.LingerState = new LingerOption(true, 0);
        }
    }
}
