using System.Diagnostics;

namespace Engine.PerfCollect.Collect;

/// <summary>
/// CPU samples of a process and of what it starts, by <c>perf record</c>. The clock of the CPU triggers the samples, since
/// virtual machines rarely offer hardware counters.
/// </summary>
internal sealed class CpuCapture : IDisposable
{
    private const int SamplesPerSecond = 999;
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    private readonly Process _perf;
    private readonly Task<string> _messages;

    private CpuCapture(Process perf, string dataFile)
    {
        _perf = perf;
        DataFile = dataFile;
        _messages = perf.StandardError.ReadToEndAsync();
        _ = perf.StandardOutput.ReadToEndAsync();
    }

    /// <summary>The recording, in perf's own format.</summary>
    public string DataFile { get; }

    /// <summary>Starts recording and returns when samples are taken.</summary>
    /// <exception cref="PerfCollectException">perf does not record.</exception>
    public static async Task<CpuCapture> StartAsync(int processId, string dataFile)
    {
        // Without --sample-cpu perf drops the samples of a process given by --pid without a word.
        var capture = new CpuCapture(
            PerfTool.Start(
                "record", "-q", "-e", "cpu-clock", "-F", $"{SamplesPerSecond}", "-g", "--sample-cpu", "--pid", $"{processId}", "-o",
                dataFile),
            dataFile);
        try
        {
            await capture.WaitUntilReadyAsync();
            return capture;
        }
        catch
        {
            capture.Dispose();
            throw;
        }
    }

    public async Task StopAsync()
    {
        if (!_perf.HasExited)
            NativeMethods.Signal(_perf.Id, NativeMethods.SigInt);
        await _perf.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_perf.HasExited)
            _perf.Kill();
        _perf.Dispose();
    }

    // The buffers through which perf gets its samples are mapped last, after the counters have been opened and started.
    private async Task WaitUntilReadyAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (!_perf.HasExited)
        {
            if (HasMappedBuffers())
                return;
            if (Stopwatch.GetElapsedTime(start) > ReadyTimeout)
                throw new PerfCollectException($"perf did not start recording within {ReadyTimeout.TotalSeconds} s");
            await Task.Delay(LookInterval);
        }

        throw new PerfCollectException(PerfTool.Explain(await _messages));
    }

    private bool HasMappedBuffers()
    {
        try
        {
            return File.ReadAllText($"/proc/{_perf.Id}/maps").Contains("[perf_event]", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
