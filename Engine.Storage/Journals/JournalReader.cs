using System.Diagnostics.CodeAnalysis;
using Engine.Storage.Codecs;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>
/// Reads the frames of a journal in the order in which they were written, from any place on. Changes nothing and needs no lock: a
/// writer may be at work, and then the end of what it has written is the end. Used by one thread.
/// </summary>
public sealed class JournalReader : IDisposable
{
    private readonly IJournalFiles _files;
    private readonly JournalCodecs _codecs;
    private readonly List<long> _segments;
    private readonly List<JournalDamage> _damages = [];
    private SegmentScanner? _scanner;
    private int _index = -1;

    private JournalReader(IJournalFiles files, JournalCodecs codecs, List<long> segments)
    {
        _files = files;
        _codecs = codecs;
        _segments = segments;
    }

    /// <summary>Places that are no good frame, as far as was read.</summary>
    public IReadOnlyList<JournalDamage> Damages => _damages;

    /// <summary>Reads what was deleted from the journal's beginning.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public JournalDeletion ReadDeletion() => JournalDeletion.Read(_files);

    /// <summary>
    /// The number of the last frame that is known to be durable, as the writer noted it after a synchronization; 0 for none. May be
    /// older than the truth, never ahead of it.
    /// </summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public long ReadDurableFrameNumber() => JournalMark.Read(_files) is [var (_, place), ..] ? place.FrameNumber : 0;

    /// <summary>Opens a journal for reading.</summary>
    /// <param name="directory">Where its files are.</param>
    /// <param name="codecs">How bytes become events; null for the engine's own ways.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="InvalidDataException">There is no journal in it.</exception>
    public static JournalReader Open(string directory, JournalCodecs? codecs = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return Open(new DiskFiles(directory), codecs);
    }

    internal static JournalReader Open(IJournalFiles files, JournalCodecs? codecs = null)
    {
        List<long> segments = JournalDirectory.Segments(files);
        if (segments.Count == 0)
            throw new InvalidDataException($"\"{files.Directory}\" holds no journal: no file journal-*.seg.");
        return new JournalReader(files, codecs ?? new JournalCodecs(), segments);
    }

    /// <summary>Goes to a place where a frame begins.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such segment.</exception>
    public void Seek(JournalPosition position)
    {
        int index = _segments.IndexOf(position.Segment);
        if (index < 0)
            throw new ArgumentOutOfRangeException(nameof(position), position, "The journal has no such segment.");
        OpenSegment(index, position.Offset);
    }

    /// <summary>Reads the next good frame, and notes what is damaged before it.</summary>
    /// <returns>False at the end.</returns>
    public bool TryRead(out JournalFrame frame)
    {
        if (TryScan(reads: true, out SegmentScanner? scanner))
        {
            frame = new JournalFrame(scanner.Header!, new JournalPosition(_segments[_index], scanner.FoundAt), scanner.Payload, _codecs);
            return true;
        }

        frame = default;
        return false;
    }

    /// <summary>Reads the next header without its events, as far as it can be told without them that the frame is good.</summary>
    /// <returns>False at the end.</returns>
    public bool TryReadHeader([NotNullWhen(true)] out FrameHeader? header)
    {
        header = TryScan(reads: false, out SegmentScanner? scanner) ? scanner.Header : null;
        return header is not null;
    }

    /// <summary>Finds the first frame of a stream that holds a sequence or a later one.</summary>
    /// <returns>Its place; null if there is none.</returns>
    public JournalPosition? FindSequence(long session, string eventType, int producerId, long sequence) =>
        new JournalSearch(_files, _segments).Find(
            header => IsOf(header, session, eventType, producerId), header => header.EndSequence > sequence);

    /// <summary>Finds the first frame of a stream that reaches an instruction count.</summary>
    /// <inheritdoc cref="FindSequence"/>
    public JournalPosition? FindInstructionCount(long session, string eventType, int producerId, long instructionCount) =>
        new JournalSearch(_files, _segments).Find(
            header => IsOf(header, session, eventType, producerId), header => header.LastInstructionCount >= instructionCount);

    /// <summary>Finds the first frame with a number or a higher one.</summary>
    /// <inheritdoc cref="FindSequence"/>
    public JournalPosition? FindFrame(long frameNumber) =>
        new JournalSearch(_files, _segments).Find(static _ => true, header => header.FrameNumber >= frameNumber);

    /// <summary>Finds the first frame that was begun at a time or later.</summary>
    /// <inheritdoc cref="FindSequence"/>
    public JournalPosition? FindTime(DateTimeOffset time) =>
        new JournalSearch(_files, _segments).Find(static _ => true, header => header.Time >= time);

    /// <inheritdoc/>
    public void Dispose() => _scanner?.Dispose();

    private static bool IsOf(FrameHeader header, long session, string eventType, int producerId) =>
        header.Kind == FrameKind.Events && header.Stream.Session == session && header.Stream.EventType == eventType
        && header.Stream.ProducerId == producerId;

    private bool TryScan(bool reads, [NotNullWhen(true)] out SegmentScanner? scanner)
    {
        scanner = null;
        if (_scanner is null && !TryOpenNext())
            return false;
        while (true)
        {
            scanner = _scanner!;
            switch (scanner.Next(reads))
            {
                case ScanResult.Frame:
                    return true;
                case ScanResult.Damage:
                    Note(scanner, scanner.Position - scanner.FoundAt, isTorn: false);
                    break;
                case ScanResult.TornTail:
                    Note(scanner, scanner.FileLength - scanner.FoundAt, isTorn: true);
                    goto case ScanResult.End;
                case ScanResult.End:
                    if (!TryOpenNext())
                        return false;
                    break;
            }
        }
    }

    private void Note(SegmentScanner scanner, long length, bool isTorn)
    {
        var damage = new JournalDamage(new JournalPosition(_segments[_index], scanner.FoundAt), length, isTorn, scanner.Header);
        if (!_damages.Contains(damage))
            _damages.Add(damage);
    }

    // One that is gone was deleted since the names were read: its frames are missing, and what was deleted says so.
    private bool TryOpenNext()
    {
        for (int next = _index + 1; next < _segments.Count; next++)
        {
            try
            {
                OpenSegment(next, 0);
                return true;
            }
            catch (FileNotFoundException)
            {
                // The next one, then.
            }
        }

        return false;
    }

    private void OpenSegment(int index, long offset)
    {
        _scanner?.Dispose();
        _scanner = new SegmentScanner(_files, _segments[index]) { Position = offset };
        _index = index;
    }
}

/// <summary>Bytes of a journal that are no good frame.</summary>
/// <param name="Position">Where they begin.</param>
/// <param name="Length">How many.</param>
/// <param name="IsTornTail">
/// Whether nothing good lies behind them in their segment: then it is what was being written when the writer was killed.
/// </param>
/// <param name="Header">The header of the frame that was there, if that can be read.</param>
public sealed record JournalDamage(JournalPosition Position, long Length, bool IsTornTail, FrameHeader? Header);
