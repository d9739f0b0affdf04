using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Engine.Gateway.Web;

/// <summary>What a client takes.</summary>
internal static class Negotiation
{
    public const string EventStream = "text/event-stream";

    /// <summary>Whether a client takes a media type. One that says nothing, or what cannot be read, takes all.</summary>
    public static bool Accepts(HttpRequest request, string mediaType)
    {
        if (request.Headers.Accept.Count == 0 || !MediaTypeHeaderValue.TryParseList(request.Headers.Accept.ToArray()!, out var ranges))
            return true;
        string group = mediaType[..mediaType.IndexOf('/', StringComparison.Ordinal)] + "/*";
        // The range that says most of the type counts.
        foreach (string range in (string[])[mediaType, group, "*/*"])
        {
            if (ranges.FirstOrDefault(known => known.MediaType.Equals(range, StringComparison.OrdinalIgnoreCase)) is { } found)
                return (found.Quality ?? 1) > 0;
        }

        return false;
    }

    /// <summary>The encoding that a client likes best of those the server has.</summary>
    public static string EncodingOf(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding.ToArray()!, out var encodings))
            return "identity";
        string best = "identity";
        double quality = 0;
        foreach (string known in (string[])["br", "gzip"])
        {
            double wanted = encodings.Where(encoding => encoding.Value.Equals(known, StringComparison.OrdinalIgnoreCase))
                .Select(static encoding => encoding.Quality ?? 1).DefaultIfEmpty(0).Max();
            if (wanted > quality)
                (best, quality) = (known, wanted);
        }

        return best;
    }
}
