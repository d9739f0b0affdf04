using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Engine.PerfCollect.Collect;

namespace Engine.PerfCollect.Symbols;

/// <summary>Writes the samples of perf into an archive in the layout of Microsoft's perfcollect.</summary>
internal sealed class CpuTraceWriter(ManagedSymbols symbols)
{
    /// <summary>Writes the archive and returns the number of samples in it.</summary>
    /// <exception cref="PerfCollectException">perf cannot read its own recording.</exception>
    public async Task<int> WriteAsync(string perfData, string path, string name)
    {
        using Process perf = PerfTool.Start(
            "script", "--force", "--no-inline", "--show-mmap-events", "-i", perfData, "-F",
            "comm,pid,tid,cpu,time,period,event,ip,sym,dso");
        Task<string> messages = perf.StandardError.ReadToEndAsync();
        int samples;
        try
        {
            await using FileStream file = File.Create(path);
            using var archive = new ZipArchive(file, ZipArchiveMode.Create);
            await using Stream entry = archive.CreateEntry($"{name}.trace/perf.data.txt", CompressionLevel.Fastest).Open();
            await using var writer = new StreamWriter(entry, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
            samples = await new PerfScriptRewriter(symbols).RewriteAsync(perf.StandardOutput, writer);
        }
        catch
        {
            perf.Kill();
            throw;
        }

        await perf.WaitForExitAsync();
        if (perf.ExitCode != 0 && samples == 0)
            throw new PerfCollectException($"perf script failed: {(await messages).Split('\n')[0]}");
        return samples;
    }
}
