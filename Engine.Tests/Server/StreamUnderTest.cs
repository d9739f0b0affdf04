using System.IO.Compression;
using System.Net;
using System.Text;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>A block of a stream as it came.</summary>
internal sealed record Block(string? Id, string? Event, string? Data, string? Retry, string? Comment);

/// <summary>A client that takes blocks apart by hand.</summary>
internal sealed class StreamUnderTest : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private StreamUnderTest(HttpResponseMessage response, StreamReader reader) => (_response, _reader) = (response, reader);

    public HttpResponseMessage Response => _response;

    public static async Task<StreamUnderTest> OpenAsync(
        HttpClient http, Uri address, string? lastEventId, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead)
            .WaitAsync(Eventually.HangGuard);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await BodyOfAsync(response));
        Stream stream = await response.Content.ReadAsStreamAsync();
        stream = response.Content.Headers.ContentEncoding.SingleOrDefault() switch
        {
            "br" => new BrotliStream(stream, CompressionMode.Decompress),
            "gzip" => new GZipStream(stream, CompressionMode.Decompress),
            _ => stream,
        };
        return new StreamUnderTest(response, new StreamReader(stream, Encoding.UTF8));
    }

    /// <summary>The next block, comments and blocks without event included; null at the end.</summary>
    public async Task<Block?> ReadAsync()
    {
        var lines = new List<string>();
        while (true)
        {
            string? line = await _reader.ReadLineAsync().WaitAsync(Eventually.HangGuard);
            if (line is null)
                return null;
            if (line.Length == 0 && lines.Count > 0)
                break;
            if (line.Length > 0)
                lines.Add(line);
        }

        return new Block(
            Field("id: "), Field("event: "), Field("data: "), Field("retry: "), lines.FirstOrDefault(static line => line[0] == ':'));

        string? Field(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..];
    }

    /// <summary>The next block with an event; null at the end.</summary>
    public async Task<Block?> ReadEventAsync()
    {
        Block? block;
        do
        {
            block = await ReadAsync();
        }
        while (block is { Event: null });
        return block;
    }

    public async Task<List<Block>> ReadEventsAsync(int count)
    {
        var blocks = new List<Block>();
        while (blocks.Count < count && await ReadEventAsync() is { } block)
            blocks.Add(block);
        return blocks;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }

    private static async Task<string> BodyOfAsync(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.OK ? "" : await response.Content.ReadAsStringAsync();
}
