using System.Net;
using System.Net.Sockets;

namespace Engine.Gateway.Streams;

/// <summary>Counts streams in all, for each address and for each user, and refuses one too many. Thread-safe.</summary>
internal sealed class StreamSlots(GatewayOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private int _open;
    private int _peak;

    public int Open => Volatile.Read(ref _open);

    public int Peak => Volatile.Read(ref _peak);

    /// <summary>Addresses and users with streams.</summary>
    public int KeyCount
    {
        get
        {
            lock (_lock)
                return _counts.Count;
        }
    }

    /// <summary>Takes a place.</summary>
    /// <param name="address">The client's address; null if it is not known.</param>
    /// <param name="user">Who it is; null if that is not known.</param>
    /// <param name="refusal">Which limit has been reached; null where a place was taken.</param>
    /// <returns>Gives the place back when disposed, once; null if there is none.</returns>
    public IDisposable? TryTake(IPAddress? address, string? user, out string? refusal)
    {
        string client = "address " + KeyOf(address);
        string? owner = user is null ? null : "user " + user;
        lock (_lock)
        {
            refusal = _open >= options.MaxConnections ? $"the gateway has {options.MaxConnections} streams"
                : CountOf(client) >= options.MaxPerClient ? $"this address has {options.MaxPerClient} streams"
                : owner is not null && CountOf(owner) >= options.MaxPerUser ? $"this user has {options.MaxPerUser} streams"
                : null;
            if (refusal is not null)
                return null;
            _open++;
            _peak = Math.Max(_peak, _open);
            Add(client, 1);
            if (owner is not null)
                Add(owner, 1);
        }

        return new Slot(this, client, owner);
    }

    /// <summary>Addresses that are one client: IPv4 by itself, IPv6 by its network.</summary>
    internal static string KeyOf(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
            return address.ToString();
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString() + "/64";
    }

    private int CountOf(string key) => _counts.GetValueOrDefault(key);

    private void Add(string key, int amount)
    {
        int count = CountOf(key) + amount;
        if (count == 0)
            _counts.Remove(key);
        else
            _counts[key] = count;
    }

    private void Release(string client, string? owner)
    {
        lock (_lock)
        {
            _open--;
            Add(client, -1);
            if (owner is not null)
                Add(owner, -1);
        }
    }

    private sealed class Slot(StreamSlots slots, string client, string? owner) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
                slots.Release(client, owner);
        }
    }
}
