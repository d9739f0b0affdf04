using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Engine.Dashboard.Api;

/// <summary>Asks the server's public endpoints, as the user of one page. For one page.</summary>
internal sealed class ApiClient(DashboardBackend backend)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    // Letters are delivered one by one, each with a time limit of its own.
    private static readonly TimeSpan s_patienceForActions = TimeSpan.FromMinutes(10);

    /// <summary>The user's API key; null for none.</summary>
    public string? Key { get; set; }

    public DashboardBackend Backend => backend;

    /// <summary>Gets JSON.</summary>
    public Task<ApiAnswer> GetAsync(string path, params (string Name, string? Value)[] parameters) =>
        SendAsync(HttpMethod.Get, path, parameters);

    /// <summary>Asks for something to be done.</summary>
    public Task<ApiAnswer> PostAsync(string path, params (string Name, string? Value)[] parameters) =>
        SendAsync(HttpMethod.Post, path, parameters);

    public Uri AddressOf(string path, IEnumerable<(string Name, string? Value)> parameters) => new(
        backend.Address,
        path + "?" + string.Join('&', parameters.Where(static one => !string.IsNullOrWhiteSpace(one.Value))
            .Select(static one => $"{one.Name}={Uri.EscapeDataString(one.Value!.Trim())}")));

    private async Task<ApiAnswer> SendAsync(HttpMethod method, string path, (string Name, string? Value)[] parameters)
    {
        using var patience = new CancellationTokenSource(method == HttpMethod.Get ? s_patience : s_patienceForActions);
        try
        {
            using var request = new HttpRequestMessage(method, AddressOf(path, parameters));
            if (Key is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            using HttpResponseMessage response = await backend.Http.SendAsync(request, patience.Token).ConfigureAwait(false);
            string text = await response.Content.ReadAsStringAsync(patience.Token).ConfigureAwait(false);
            return new ApiAnswer(response.StatusCode, text);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or FormatException or IOException)
        {
            return new ApiAnswer(HttpStatusCode.ServiceUnavailable, error.Message);
        }
    }
}

/// <summary>What an endpoint answered.</summary>
/// <param name="Status">The status.</param>
/// <param name="Text">The body.</param>
internal sealed record ApiAnswer(HttpStatusCode Status, string Text)
{
    public bool IsGood => (int)Status is >= 200 and < 300;

    /// <summary>What is wrong, in words; null if nothing is.</summary>
    public string? Problem => IsGood ? null : ProblemText(Text) is { Length: > 0 } text ? text : $"The server answered {(int)Status}.";

    /// <summary>Whether what was asked for is not part of this server.</summary>
    public bool IsMissing => Status is HttpStatusCode.NotFound;

    /// <summary>Reads the body; null if it is not what was asked for.</summary>
    public T? Read<T>()
        where T : class
    {
        if (!IsGood)
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(Text, ApiJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The detail of a problem document, or a text as it is.</summary>
    public static string ProblemText(string text)
    {
        int start = text.IndexOf('{', StringComparison.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(start < 0 ? "{}" : text[start..]);
            return document.RootElement.TryGetProperty("detail", out JsonElement detail) ? detail.GetString() ?? "" : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
