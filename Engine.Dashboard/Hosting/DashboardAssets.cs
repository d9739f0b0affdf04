using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;

namespace Engine.Dashboard.Hosting;

/// <summary>
/// The files that browsers get: the pages' own and those of the packages, all part of the assembly. Read and compressed at their first
/// use. Thread-safe.
/// </summary>
internal static class DashboardAssets
{
    private const string Prefix = "assets/";

    private static readonly FileExtensionContentTypeProvider s_types = new();

    /// <summary>The files by path, which begins with a slash.</summary>
    public static FrozenDictionary<string, Lazy<DashboardAsset>> All { get; } = typeof(DashboardAssets).Assembly
        .GetManifestResourceNames()
        .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToFrozenDictionary(
            static name => name[(Prefix.Length - 1)..].Replace('\\', '/'), static name => new Lazy<DashboardAsset>(() => Read(name)),
            StringComparer.OrdinalIgnoreCase);

    private static DashboardAsset Read(string name)
    {
        using Stream stream = typeof(DashboardAssets).Assembly.GetManifestResourceStream(name)!;
        byte[] contents = new byte[stream.Length];
        stream.ReadExactly(contents);
        string type = s_types.TryGetContentType(name, out string? found) ? found : "application/octet-stream";
        return new DashboardAsset(contents, type);
    }
}

/// <summary>A file for browsers.</summary>
internal sealed class DashboardAsset(byte[] contents, string contentType)
{
    private readonly string _tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(contents).AsSpan(0, 12))}\"";
    private readonly Lazy<byte[]> _compressed = new(() => Compress(contents));

    public Task ServeAsync(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.ETag = _tag;
        headers.Vary = "Accept-Encoding";
        headers.XContentTypeOptions = "nosniff";
        if (context.Request.Headers.IfNoneMatch == _tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        bool isCompressed = context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        byte[] body = isCompressed ? _compressed.Value : contents;
        if (isCompressed)
            headers.ContentEncoding = "gzip";
        bool isText = contentType.StartsWith("text/", StringComparison.Ordinal);
        context.Response.ContentType = isText ? contentType + "; charset=utf-8" : contentType;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
    }

    private static byte[] Compress(byte[] contents)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(contents);
        return target.ToArray();
    }
}
