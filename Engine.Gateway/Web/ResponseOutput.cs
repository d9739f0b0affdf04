using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Http;

namespace Engine.Gateway.Web;

/// <summary>The response as a stream's output.</summary>
internal sealed class ResponseOutput(HttpContext context, string encoding) : StreamOutput(context.Response.BodyWriter, encoding)
{
    public override void Abort() => context.Abort();
}
