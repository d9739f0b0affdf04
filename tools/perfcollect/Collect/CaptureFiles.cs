using Engine.PerfCollect.Symbols;

namespace Engine.PerfCollect.Collect;

/// <summary>Turns what was captured into the two files, and says what became of each.</summary>
internal sealed class CaptureFiles(CapturePaths paths, TemporaryFolder temporary, EventCapture? events, CpuCapture? cpu, int? host)
{
    private bool _isComplete = true;

    public async Task<int> WriteAsync()
    {
        int files = 0;
        if (events is not null && FinishEvents(events))
            files++;
        if (cpu is not null && await WriteCpuAsync(cpu))
            files++;
        return _isComplete && files > 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    private bool FinishEvents(EventCapture capture)
    {
        if (capture.WriteError is not null)
        {
            _isComplete = false;
            Notices.Write($"{paths.Events} breaks off: {capture.WriteError}");
        }

        if (!TryEnd())
        {
            _isComplete = false;
            File.Delete(paths.Events);
            Notices.Write($"no {paths.Events}: the process sent no events before it ended");
            return false;
        }

        Report(paths.Events);
        return true;
    }

    private bool TryEnd()
    {
        try
        {
            return NettraceEnd.Ensure(paths.Events);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<bool> WriteCpuAsync(CpuCapture capture)
    {
        string partial = paths.Cpu + ".partial";
        try
        {
            var symbols = new ManagedSymbols();
            foreach (string map in Directory.EnumerateFiles(temporary.Path, "perf-*.map"))
                symbols.AddPerfMap(map);
            if (host is int id && File.Exists(paths.Events))
                symbols.AddEvents(id, paths.Events);
            int samples = await new CpuTraceWriter(symbols).WriteAsync(capture.DataFile, partial, Path.GetFileName(paths.Name));
            if (samples == 0)
            {
                _isComplete = false;
                Notices.Write($"no {paths.Cpu}: the process used no CPU while it was watched, or had ended");
                return false;
            }

            File.Move(partial, paths.Cpu, overwrite: true);
            Report(paths.Cpu);
            return true;
        }
        catch (IOException error)
        {
            throw new PerfCollectException($"{paths.Cpu} cannot be written: {error.Message}");
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void Report(string path) =>
        Notices.Write($"wrote {path} ({new FileInfo(path).Length / 1024.0:N0} KiB)");
}
