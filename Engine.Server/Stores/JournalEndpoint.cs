using Engine.Dashboard.Api;
using Engine.Gateway.Web;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Microsoft.AspNetCore.Http;

namespace Engine.Server.Stores;

/// <summary>Answers <c>GET /api/v1/journal</c>: reads the headers of a journal that somebody may be writing.</summary>
internal static class JournalEndpoint
{
    private const int MaxSegments = 100;
    private const int MaxFrames = 50_000;
    private const int MaxTypes = 50;

    public static async Task ServeAsync(HttpContext context, string? directory)
    {
        if (directory is null)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status404NotFound, "No journal is configured: set Journal:Directory.").ConfigureAwait(false);
            return;
        }

        try
        {
            JournalStatusPage page = await Task.Run(() => Read(directory), context.RequestAborted).ConfigureAwait(false);
            await StoreEndpoints.AnswerAsync(context, page).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, $"The journal cannot be read: {error.Message}").ConfigureAwait(false);
        }
    }

    private static JournalStatusPage Read(string directory)
    {
        FileInfo[] files = [.. new DirectoryInfo(directory).GetFiles().OrderByDescending(static file => file.Name, StringComparer.Ordinal)];
        var byType = new Dictionary<string, long>(StringComparer.Ordinal);
        long frames = 0;
        long events = 0;
        long bytes = 0;
        using JournalReader reader = JournalReader.Open(directory);
        while (frames < MaxFrames && reader.TryReadHeader(out FrameHeader? header))
        {
            frames++;
            bytes += header.FrameLength;
            if (header.Kind != FrameKind.Events)
                continue;
            events += header.Count;
            byType[header.Stream.EventType] = byType.GetValueOrDefault(header.Stream.EventType) + header.Count;
        }

        return new JournalStatusPage(
            directory,
            [
                .. files.Take(MaxSegments).Select(static file =>
                    new JournalSegmentItem(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero))),
            ],
            Math.Max(0, files.Length - MaxSegments), frames, events, bytes, events == 0 ? 0 : 8.0 * bytes / events, frames < MaxFrames,
            [
                .. byType.OrderByDescending(static type => type.Value).Take(MaxTypes)
                    .Select(static type => new NamedCount(type.Key, type.Value)),
            ]);
    }
}
