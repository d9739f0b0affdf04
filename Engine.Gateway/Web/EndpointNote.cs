using Microsoft.AspNetCore.Builder;

namespace Engine.Gateway.Web;

/// <summary>What an endpoint is, for a description of the server. It is metadata of the endpoint; nothing is checked by it.</summary>
/// <param name="Summary">What it does.</param>
/// <param name="Answer">What its answer has; null for text.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed record EndpointNote(string Summary, Type? Answer, params ParameterNote[] Parameters)
{
    /// <summary>The media type of its answer.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>What is answered otherwise, by status.</summary>
    public IReadOnlyDictionary<int, string> Others { get; init; } = new Dictionary<int, string>();
}

/// <summary>A parameter of an endpoint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">What it means.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="IsRepeated">Whether it may be given several times.</param>
internal sealed record ParameterNote(string Name, string Text, ParameterKind Kind = ParameterKind.Text, bool IsRepeated = false);

/// <summary>What the value of a parameter is.</summary>
internal enum ParameterKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A time by RFC 3339.</summary>
    Time,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,

    /// <summary>A GUID.</summary>
    Id,
}

/// <summary>Adds notes to endpoints.</summary>
internal static class EndpointNotes
{
    public static TBuilder Noted<TBuilder>(this TBuilder endpoint, EndpointNote note)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Add(builder => builder.Metadata.Add(note));
        return endpoint;
    }
}
