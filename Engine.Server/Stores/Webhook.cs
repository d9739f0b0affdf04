using System.Globalization;
using System.Net.Http.Headers;
using Engine.Storage.Records;
using Engine.Storage.Subscriptions;

namespace Engine.Server.Stores;

/// <summary>
/// Sends stored events to an address, each at least once and in their order: the data as they are, what else is known in headers as
/// CloudEvents has them. An answer that is no success is a failure. Thread-safe.
/// </summary>
internal sealed class Webhook(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(10),
    };

    public async ValueTask SendAsync(EventDelivery delivery, CancellationToken cancellationToken)
    {
        StoredEvent item = delivery.Event;
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = new ReadOnlyMemoryContent(item.Data);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(item.ContentType);
        Add(request, "ce-specversion", "1.0");
        Add(request, "ce-id", item.Id.ToString());
        Add(request, "ce-type", item.EventType);
        Add(request, "ce-source", item.Source);
        Add(request, "ce-subject", item.Key);
        Add(request, "ce-time", item.Timestamp.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"The webhook answered {(int)response.StatusCode}.", null, response.StatusCode);
    }

    public void Dispose() => _http.Dispose();

    // Percent-encoded, as the binding of CloudEvents to HTTP wants what is not plain.
    private static void Add(HttpRequestMessage request, string name, string? value)
    {
        if (value is not null)
            request.Headers.TryAddWithoutValidation(name, Uri.EscapeDataString(value).Replace("%3A", ":").Replace("%2F", "/"));
    }
}
