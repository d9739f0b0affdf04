using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>
/// Finds frames by what ascends along a journal. First the segment, by halves: the first frame in question of each that is looked at
/// says where to go on. Then the headers of one segment, whose number its size bounds.
/// </summary>
internal sealed class JournalSearch(IJournalFiles files, IReadOnlyList<long> segments)
{
    /// <summary>Finds the first frame in question for which a condition holds that holds for all later ones too.</summary>
    /// <param name="isOfStream">Whether a frame is in question.</param>
    /// <param name="isReached">The condition.</param>
    public JournalPosition? Find(Func<FrameHeader, bool> isOfStream, Func<FrameHeader, bool> isReached)
    {
        // The last segment that begins before what is looked for has it, or the one behind it does.
        int low = 0;
        int high = segments.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (FirstFrom(middle, high, isOfStream) is { } first && !isReached(first.Header))
                low = first.Index;
            else
                high = middle - 1;
        }

        for (int i = low; i < segments.Count; i++)
        {
            if (Scan(i, header => isOfStream(header) && isReached(header)) is { } found)
                return new JournalPosition(segments[i], found.Offset);
        }

        return null;
    }

    // A segment may have none of the stream.
    private (int Index, FrameHeader Header)? FirstFrom(int from, int to, Func<FrameHeader, bool> isOfStream)
    {
        for (int i = from; i <= to; i++)
        {
            if (Scan(i, isOfStream) is { } found)
                return (i, found.Header);
        }

        return null;
    }

    private (long Offset, FrameHeader Header)? Scan(int index, Func<FrameHeader, bool> condition)
    {
        if (Open(index) is not { } opened)
            return null;
        using SegmentScanner scanner = opened;
        ScanResult result;
        while ((result = scanner.Next(reads: false)) is ScanResult.Frame or ScanResult.Damage)
        {
            if (result == ScanResult.Frame && condition(scanner.Header!))
                return (scanner.FoundAt, scanner.Header!);
        }

        return null;
    }

    // One that was deleted since the names were read holds nothing.
    private SegmentScanner? Open(int index)
    {
        try
        {
            return new SegmentScanner(files, segments[index]);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
