using System.Globalization;
using System.Text.RegularExpressions;

namespace Engine.PerfCollect.Symbols;

/// <summary>
/// Where processes have mapped files. <c>perf script</c> prints the offset within a mapped file where it knows no symbol;
/// this leads back to the address.
/// </summary>
internal sealed partial class FileMappings
{
    private readonly Dictionary<(int ProcessId, string File), List<Mapping>> _mappings = [];

    /// <summary>Takes a record of <c>perf script --show-mmap-events</c>. Records come in the order of time.</summary>
    public void Add(string record)
    {
        Match match = RecordPattern().Match(record);
        if (!match.Success
            || !int.TryParse(match.Groups["pid"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int processId))
            return;
        var key = (processId, match.Groups["file"].Value);
        if (!_mappings.TryGetValue(key, out List<Mapping>? mappings))
            _mappings.Add(key, mappings = []);
        mappings.Add(new Mapping(ParseHex(match.Groups["start"]), ParseHex(match.Groups["size"]), ParseHex(match.Groups["offset"])));
    }

    /// <summary>The address of an offset within a file. The last mapping counts.</summary>
    public bool TryGetAddress(int processId, string file, ulong offset, out ulong address)
    {
        address = 0;
        if (!_mappings.TryGetValue((processId, file), out List<Mapping>? mappings))
            return false;
        for (int i = mappings.Count - 1; i >= 0; i--)
        {
            Mapping mapping = mappings[i];
            if (offset >= mapping.Offset && offset - mapping.Offset < mapping.Size)
            {
                address = mapping.Start + (offset - mapping.Offset);
                return true;
            }
        }

        return false;
    }

    // PERF_RECORD_MMAP2 15147/15147: [0x7f2da8620000(0x1000) @ 0x2000 00:01 9375 0]: r-xs /memfd:doublemapper (deleted)
    [GeneratedRegex(
        @"PERF_RECORD_MMAP2? (?<pid>\d+)/\d+: \[0x(?<start>[0-9a-f]+)\(0x(?<size>[0-9a-f]+)\) " +
        @"@ (0x)?(?<offset>[0-9a-f]+)[^\]]*\]: \S+ (?<file>.*)$")]
    private static partial Regex RecordPattern();

    private static ulong ParseHex(Group group) =>
        ulong.Parse(group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private readonly record struct Mapping(ulong Start, ulong Size, ulong Offset);
}
