using System.Globalization;
using System.Text.RegularExpressions;

namespace Engine.PerfCollect.Symbols;

/// <summary>
/// Rewrites the text of <c>perf script</c>: frames of managed code get their names, and records other than samples are
/// left out, so that what remains is what Microsoft's perfcollect writes and PerfView reads.
/// </summary>
internal sealed partial class PerfScriptRewriter(ManagedSymbols symbols)
{
    private const string Unknown = "[unknown]";
    private const string DynamicCode = "dynamic-code";

    private readonly FileMappings _mappings = new();
    private int _processId;

    /// <summary>Copies the text and returns the number of samples in it.</summary>
    public async Task<int> RewriteAsync(TextReader perfScript, TextWriter output)
    {
        int samples = 0;
        while (await perfScript.ReadLineAsync() is string line)
        {
            if (line.StartsWith('\t'))
            {
                await output.WriteLineAsync(RewriteFrame(line));
                continue;
            }

            if (line.Contains(": PERF_RECORD_", StringComparison.Ordinal))
            {
                _mappings.Add(line);
                continue;
            }

            if (HeaderPattern().Match(line) is { Success: true } header)
            {
                samples++;
                _processId = int.Parse(header.Groups["pid"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            }

            await output.WriteLineAsync(line);
        }

        return samples;
    }

    // A tab, the offset or address, the symbol, and in parentheses the mapped file.
    private string RewriteFrame(string line)
    {
        Match frame = UnknownFramePattern().Match(line);
        if (!frame.Success)
            return line;
        string file = frame.Groups["file"].Value;
        ulong offset = ulong.Parse(frame.Groups["offset"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        ulong address = _mappings.TryGetAddress(_processId, file, offset, out ulong mapped) ? mapped : offset;
        if (symbols.TryFind(_processId, address, out ManagedMethod method))
            return string.Create(CultureInfo.InvariantCulture, $"\t{address,16:x} {method.Name} ({method.Module})");
        return file.StartsWith("/memfd:", StringComparison.Ordinal)
            || file.StartsWith("//anon", StringComparison.Ordinal) || file.StartsWith("/tmp/perf-", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"\t{address,16:x} {Unknown} ({DynamicCode})")
            : line;
    }

    [GeneratedRegex(@"^.*?\s(?<pid>\d+)/\d+\s+\[\d+\]\s+[\d.]+:")]
    private static partial Regex HeaderPattern();

    [GeneratedRegex(@"^\s+(?<offset>[0-9a-f]+) \[unknown\] \((?<file>.*)\)$")]
    private static partial Regex UnknownFramePattern();
}
