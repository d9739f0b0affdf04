using Microsoft.Diagnostics.NETCore.Client;

namespace Engine.PerfCollect.Collect;

/// <summary>Events of a running host, over its diagnostic port. The host need not be restarted.</summary>
internal sealed class EventCapture : IDisposable
{
    private const int HostBufferMegabytes = 256;
    private const int CopyBufferBytes = 64 * 1024;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    private readonly EventPipeSession _session;
    private readonly FileStream _file;
    private readonly Task _copied;

    private EventCapture(EventPipeSession session, FileStream file)
    {
        _session = session;
        _file = file;
        _copied = Task.Run(CopyAsync);
    }

    /// <summary>Why the file could not be written to its end; null when it could.</summary>
    public string? WriteError { get; private set; }

    /// <exception cref="PerfCollectException">The host does not answer, or the file cannot be written.</exception>
    public static EventCapture Start(int processId, string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
            EventPipeSession session = new DiagnosticsClient(processId)
                .StartEventPipeSession(EventProviders.Default, requestRundown: true, HostBufferMegabytes);
            return new EventCapture(session, file);
        }
        catch (Exception error) when (error is DiagnosticsClientException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            file?.Dispose();
            File.Delete(path);
            throw new PerfCollectException($"process {processId} gives no events: {error.Message}");
        }
    }

    /// <summary>
    /// Ends the session. The host answers only after it has sent what it holds, with the names of all methods, so the
    /// stream is read on meanwhile.
    /// </summary>
    public async Task StopAsync()
    {
        using var timeout = new CancellationTokenSource(StopTimeout);
        try
        {
            if (!_copied.IsCompleted)
                await _session.StopAsync(timeout.Token);
            await _copied.WaitAsync(timeout.Token);
        }
        catch (Exception error) when (error is DiagnosticsClientException or IOException)
        {
            // The host has ended on its own; what it sent is read to the end.
            await _copied.WaitAsync(StopTimeout);
        }
        catch (OperationCanceledException)
        {
            Notices.Write($"the process did not end the event stream within {StopTimeout.TotalSeconds} s; keeping what it has sent");
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _file.Dispose();
    }

    private async Task CopyAsync()
    {
        byte[] buffer = new byte[CopyBufferBytes];
        try
        {
            int count;
            while ((count = await _session.EventStream.ReadAsync(buffer)) > 0)
                await WriteAsync(buffer.AsMemory(0, count));
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The host is gone. What came before stays.
        }

        await WriteAsync(ReadOnlyMemory<byte>.Empty);
        await _file.DisposeAsync();
    }

    // A full disk must not stop the reading: the host would wait for room in the stream, and the stop for the host.
    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (WriteError is not null)
            return;
        try
        {
            if (bytes.IsEmpty)
                await _file.FlushAsync();
            else
                await _file.WriteAsync(bytes);
        }
        catch (IOException error)
        {
            WriteError = error.Message;
        }
    }
}
