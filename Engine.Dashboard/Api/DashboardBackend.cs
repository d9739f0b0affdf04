using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Engine.Dashboard.Api;

/// <summary>
/// Where the pages read: the public endpoints of the server they are part of, over loopback, or of another one that they were told of. Not
/// the address that a browser names, which could be anybody's. Thread-safe.
/// </summary>
/// <param name="server">The server that the pages are part of.</param>
/// <param name="other">The server that is shown instead; null for none.</param>
internal sealed class DashboardBackend(IServer server, Uri? other) : IDisposable
{
    /// <summary>One connection pool for all pages; each asks with the key of its own user.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The server that is shown instead of the one that has the pages; null for none.</summary>
    public Uri? Other => other;

    /// <summary>The address of the server that is shown.</summary>
    /// <exception cref="InvalidOperationException">The server does not listen.</exception>
    public Uri Address
    {
        get
        {
            if (other is not null)
                return other;
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
