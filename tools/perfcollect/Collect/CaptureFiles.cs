using Engine.PerfCollect.Symbols;

namespace Engine.PerfCollect.Collect;

/// <summary>
/// Turns what was captured into the two files, and says what became of each. A file of an earlier capture is replaced only by
/// one that is complete.
/// </summary>
internal sealed class CaptureFiles(CapturePaths paths, TemporaryFolder temporary, EventCapture? events, CpuCapture? cpu, int? host)
{
    private bool _isComplete = true;
    private bool _hasEvents;

    public async Task<int> WriteAsync()
    {
        _hasEvents = events is not null && FinishEvents(events);
        bool hasCpu = cpu is not null && await WriteCpuAsync(cpu);
        TellOfEarlier(_hasEvents, paths.Events);
        TellOfEarlier(hasCpu, paths.Cpu);
        return _isComplete && (_hasEvents || hasCpu) ? ExitCodes.Success : ExitCodes.Failure;
    }

    private bool FinishEvents(EventCapture capture)
    {
        bool isBroken = capture.WriteError is not null;
        if (isBroken)
        {
            _isComplete = false;
            Notices.Write($"{paths.Events} breaks off: {capture.WriteError}");
        }

        if (!TryEnd())
        {
            _isComplete = false;
            File.Delete(paths.PartialEvents);
            Notices.Write($"no {paths.Events}: the process sent no events before it ended");
            return false;
        }

        // What breaks off is better than nothing, but not better than what is whole.
        if (isBroken && paths.PartialEvents != paths.Events)
            return false;
        return PutInPlace(paths.PartialEvents, paths.Events);
    }

    private bool TryEnd()
    {
        try
        {
            return NettraceEnd.Ensure(paths.PartialEvents);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<bool> WriteCpuAsync(CpuCapture capture)
    {
        try
        {
            var symbols = new ManagedSymbols();
            foreach (string map in Directory.EnumerateFiles(temporary.Path, "perf-*.map"))
                symbols.AddPerfMap(map);
            if (host is int id && _hasEvents)
                symbols.AddEvents(id, paths.Events);
            int samples = await new CpuTraceWriter(symbols).WriteAsync(
                capture.DataFile, paths.PartialCpu, Path.GetFileName(paths.Name));
            if (samples == 0)
            {
                _isComplete = false;
                Notices.Write($"no {paths.Cpu}: the process used no CPU while it was watched, or had ended");
                return false;
            }

            return PutInPlace(paths.PartialCpu, paths.Cpu);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerfCollectException($"{paths.Cpu} cannot be written: {error.Message}");
        }
    }

    private static bool PutInPlace(string partial, string path)
    {
        try
        {
            if (partial != path)
                File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerfCollectException($"{path} cannot be written: {error.Message}");
        }

        Notices.Write($"wrote {path} ({new FileInfo(path).Length / 1024.0:N0} KiB)");
        return true;
    }

    private static void TellOfEarlier(bool isNew, string path)
    {
        if (!isNew && File.Exists(path))
            Notices.Write($"{path} is still that of an earlier capture");
    }
}
