using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Engine.Gateway.Access;

/// <summary>
/// Reads a request's query without leaving it with the request, as <see cref="HttpRequest.Query"/> does: a stream's request lives as
/// long as the stream.
/// </summary>
internal static class RequestQuery
{
    public static IQueryCollection Read(HttpRequest request) =>
        request.QueryString.HasValue ? new QueryCollection(QueryHelpers.ParseQuery(request.QueryString.Value)) : QueryCollection.Empty;
}
