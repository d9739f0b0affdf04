namespace Engine.Storage.Journals;

/// <summary>What opening a journal found of the writer before.</summary>
/// <param name="LastFrameNumber">The number of the last good frame; 0 if there is none.</param>
/// <param name="LastSegment">The number of the last segment; 0 if there is none.</param>
/// <param name="CutBytes">Bytes of a torn frame at the end that were cut off.</param>
/// <param name="CutEvents">Events in it, as far as its header can be read.</param>
/// <param name="DamagedRanges">Places of the last segment that are no good frame although good ones lie behind them. They stay.</param>
public sealed record JournalRecovery(long LastFrameNumber, long LastSegment, long CutBytes, long CutEvents, int DamagedRanges)
{
    /// <summary>Whether there was a torn end.</summary>
    public bool HasCut => CutBytes > 0;

    /// <summary>One line.</summary>
    public override string ToString() => LastSegment == 0
        ? "a new journal"
        : FormattableString.Invariant($"{LastFrameNumber:N0} frames in {LastSegment:N0} segments, {CutBytes:N0} bytes cut ")
            + FormattableString.Invariant($"({CutEvents:N0} events), {DamagedRanges:N0} damaged places");

    /// <summary>
    /// Finds the end of a journal, and cuts off what was being written when its writer was killed. Looks at the last segment only: those
    /// before it were complete before it began.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read or cut.</exception>
    internal static JournalRecovery Run(string directory)
    {
        List<long> segments = JournalDirectory.Segments(directory);
        long last = segments.Count == 0 ? 0 : segments[^1];
        var recovery = new JournalRecovery(0, last, 0, 0, 0);
        // The last one may be empty, if the writer was killed before its first frame.
        for (int i = segments.Count - 1; i >= 0 && recovery.LastFrameNumber == 0; i--)
            recovery = RunOn(JournalDirectory.PathOf(directory, segments[i]), recovery);
        return recovery;
    }

    private static JournalRecovery RunOn(string path, JournalRecovery before)
    {
        long end;
        JournalRecovery found = before;
        using (var scanner = new SegmentScanner(path))
        {
            ScanResult result;
            while ((result = scanner.Next(reads: true)) is ScanResult.Frame or ScanResult.Damage)
            {
                found = result == ScanResult.Frame
                    ? found with { LastFrameNumber = Math.Max(found.LastFrameNumber, scanner.Header!.FrameNumber) }
                    : found with { DamagedRanges = found.DamagedRanges + 1 };
            }

            end = scanner.FoundAt;
            if (result == ScanResult.TornTail)
            {
                found = found with
                {
                    CutBytes = found.CutBytes + TornBytes(scanner),
                    CutEvents = found.CutEvents + (scanner.Header?.Count ?? 0),
                };
            }

            if (end == scanner.FileLength)
                return found;
        }

        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, end);
        RandomAccess.FlushToDisk(file);
        return found;
    }

    private static long TornBytes(SegmentScanner scanner) => Math.Min(
        scanner.FileLength - scanner.FoundAt,
        scanner.Header is { } header ? header.FrameLength : scanner.FileLength - scanner.FoundAt);
}
