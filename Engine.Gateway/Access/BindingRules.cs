using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Engine.Gateway.Access;

/// <summary>Where the server may listen.</summary>
internal static class BindingRules
{
    public const int DefaultPort = 5080;

    /// <summary>
    /// Reads an address: <c>PORT</c>, <c>HOST</c>, <c>HOST:PORT</c> or a URL of these;
    /// <c>*</c> stands for all interfaces.
    /// </summary>
    /// <returns>The address; null if the text is none.</returns>
    public static IPEndPoint? Parse(string text)
    {
        string rest = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? text["http://".Length..].TrimEnd('/') : text;
        if (TryParsePort(rest, out int port))
            return new IPEndPoint(IPAddress.Loopback, port);
        int colon = rest.LastIndexOf(':');
        bool hasPort = colon > 0 && (rest[0] != '[' || rest[colon - 1] == ']') && (rest[0] == '[' || rest.IndexOf(':') == colon);
        string host = hasPort ? rest[..colon] : rest;
        port = DefaultPort;
        if (hasPort && !TryParsePort(rest[(colon + 1)..], out port))
            return null;
        IPAddress? address = host switch
        {
            "localhost" => IPAddress.Loopback,
            "*" => IPAddress.IPv6Any,
            // Not every number that may stand for an IPv4 address is meant as one.
            _ => IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? parsed)
                && (parsed.AddressFamily == AddressFamily.InterNetworkV6 || parsed.ToString() == host) ? parsed : null,
        };
        return address is null ? null : new IPEndPoint(address, port);
    }

    /// <summary>Why the server may not listen there; null if it may.</summary>
    public static string? ObstacleTo(IPEndPoint address, bool hasAuthentication) =>
        IPAddress.IsLoopback(address.Address) || hasAuthentication
            ? null
            : $"{address} can be reached from other machines, and no API key is configured, so everybody there could read all events; " +
              "make a key with the command \"key\" and configure its hash as Access:Keys:0:Name and " +
              "Access:Keys:0:Hash, or listen on 127.0.0.1";

    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
}
