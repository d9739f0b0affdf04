using System.Net;
using System.Net.Sockets;

namespace Engine.Gateway.Streams;

/// <summary>Counts streams in all, for each address and for each user, and refuses one too many. Thread-safe.</summary>
internal sealed class StreamSlots(GatewayOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Holder> _holders = new(StringComparer.Ordinal);
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
                return _holders.Count;
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
            return new Slot(this, Take(client), owner is null ? null : Take(owner));
        }
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

    private int CountOf(string key) => _holders.TryGetValue(key, out Holder? holder) ? holder.Count : 0;

    private Holder Take(string key)
    {
        if (!_holders.TryGetValue(key, out Holder? holder))
            _holders.Add(key, holder = new Holder(key));
        holder.Count++;
        return holder;
    }

    private void Give(Holder? holder)
    {
        if (holder is not null && --holder.Count == 0)
            _holders.Remove(holder.Key);
    }

    private void Release(Holder client, Holder? owner)
    {
        lock (_lock)
        {
            _open--;
            Give(client);
            Give(owner);
        }
    }

    /// <summary>An address or a user, shared by all its slots.</summary>
    private sealed class Holder(string key)
    {
        public string Key => key;

        public int Count { get; set; }
    }

    private sealed class Slot(StreamSlots slots, Holder client, Holder? owner) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
                slots.Release(client, owner);
        }
    }
}
