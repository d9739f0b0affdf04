using Microsoft.AspNetCore.Http;

namespace Engine.Gateway.Web;

/// <summary>A file of the dashboard, which is part of the assembly.</summary>
internal sealed class PageFile
{
    public const string ScriptPath = "/engine-events.js";

    private readonly byte[] _contents;
    private readonly string _contentType;

    private PageFile(string path, string name, string contentType)
    {
        Path = path;
        _contentType = contentType;
        using Stream stream = typeof(PageFile).Assembly.GetManifestResourceStream("pages/" + name)
            ?? throw new InvalidOperationException($"{name} is not part of the assembly.");
        _contents = new byte[stream.Length];
        stream.ReadExactly(_contents);
    }

    public static IReadOnlyList<PageFile> All { get; } =
    [
        new("/", "dashboard.html", "text/html; charset=utf-8"),
        new("/dashboard.css", "dashboard.css", "text/css; charset=utf-8"),
        new("/dashboard.js", "dashboard.js", "text/javascript; charset=utf-8"),
        new(ScriptPath, "engine-events.js", "text/javascript; charset=utf-8"),
    ];

    public string Path { get; }

    public Task ServeAsync(HttpContext context)
    {
        context.Response.ContentType = _contentType;
        context.Response.ContentLength = _contents.Length;
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        // Nothing comes from elsewhere, and nothing goes there.
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
            "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return context.Response.Body.WriteAsync(_contents).AsTask();
    }
}
