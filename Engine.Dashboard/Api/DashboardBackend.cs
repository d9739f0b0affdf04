using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Engine.Dashboard.Api;

/// <summary>
/// Where the pages read: the public endpoints of the server they are part of, over loopback. Not the address that a browser names, which
/// could be anybody's. Thread-safe.
/// </summary>
internal sealed class DashboardBackend(IServer server) : IDisposable
{
    /// <summary>One connection pool for all pages; each asks with the key of its own user.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The server's own address.</summary>
    /// <exception cref="InvalidOperationException">The server does not listen.</exception>
    public Uri Address
    {
        get
        {
            string address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
                ?? throw new InvalidOperationException("The server listens nowhere.");
            var uri = new UriBuilder(address);
            if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? host)
                && (host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any)))
                uri.Host = "127.0.0.1";
            return uri.Uri;
        }
    }

    public void Dispose() => Http.Dispose();
}
