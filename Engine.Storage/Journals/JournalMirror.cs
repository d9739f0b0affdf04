using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>
/// A copy of another journal, frame by frame as they are: whatever reads a journal reads this one, and its audit is that of the
/// original. One writer at a time per directory. Used by one thread; reading needs no lock.
/// </summary>
public sealed class JournalMirror : IDisposable
{
    /// <summary>Bytes of a segment unless something else is said.</summary>
    public const long DefaultSegmentBytes = 64L << 20;

    private readonly IJournalFiles _files;
    private readonly IDisposable _lock;
    private readonly JournalMark? _mark;
    private readonly long _segmentBytes;
    private readonly ReadOnlyMemory<byte>[] _pieces = new ReadOnlyMemory<byte>[1];
    private IJournalFile? _file;
    private FramePlace _last;
    private long _nextSegment;
    private long _segment;
    private long _offset;
    private long _unsynchronized;
    private bool _isNameDurable;
    private bool _hasFailed;

    private JournalMirror(IJournalFiles files, IDisposable @lock, long segmentBytes)
    {
        (_files, _lock, _segmentBytes) = (files, @lock, segmentBytes);
        JournalTrimmer.Finish(files);
        Recovery = JournalRecovery.Run(files);
        _mark = Recovery.OpenMark(files);
        _nextSegment = Recovery.LastSegment + 1;
        LastFrameNumber = DurableFrameNumber = Math.Max(Recovery.LastFrameNumber, JournalDeletion.Read(files).LastFrameNumber);
    }

    /// <summary>What was found of the writer before.</summary>
    public JournalRecovery Recovery { get; }

    /// <summary>The number of the last frame; 0 if there is none.</summary>
    public long LastFrameNumber { get; private set; }

    /// <summary>The number of the last frame that is durable.</summary>
    public long DurableFrameNumber { get; private set; }

    /// <summary>Opens a mirror for writing, or begins one.</summary>
    /// <param name="directory">Where its files are; made if it does not exist.</param>
    /// <param name="segmentBytes">Bytes of a segment: 1 MiB to 1 TiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size of a segment is out of its range.</exception>
    /// <exception cref="IOException">Another process writes it, or a file cannot be read or made.</exception>
    public static JournalMirror Open(string directory, long segmentBytes = DefaultSegmentBytes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        if (segmentBytes is < JournalOptions.MinSegmentBytes or > JournalOptions.MaxSegmentBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(segmentBytes), segmentBytes, "The bytes of a mirror's segment must be 1 MiB to 1 TiB.");
        }

        return Open(new DiskFiles(directory), segmentBytes);
    }

    internal static JournalMirror Open(IJournalFiles files, long segmentBytes)
    {
        files.MakeDirectory();
        IDisposable @lock = files.Lock();
        try
        {
            return new JournalMirror(files, @lock, segmentBytes);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Appends a frame. It is durable after the next <see cref="Synchronize"/>. Blocks for the write.</summary>
    /// <param name="bytes">The whole frame, whose checksums were compared: see <see cref="JournalFrame.Parse"/>.</param>
    /// <param name="header">Its header.</param>
    /// <exception cref="ArgumentOutOfRangeException">Its number is not above the last one.</exception>
    /// <exception cref="IOException">The disk has failed or is full: nothing was appended, and it may be tried again.</exception>
    public void Append(ReadOnlyMemory<byte> bytes, FrameHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        ThrowIfFailed();
        if (header.FrameNumber <= LastFrameNumber)
        {
            throw new ArgumentOutOfRangeException(
                nameof(header), header.FrameNumber, $"The number of a frame must be above the last one's, {LastFrameNumber}.");
        }

        if (_file is not null && _offset + bytes.Length > _segmentBytes)
            EndSegment();
        if (_file is null)
            BeginSegment();
        _pieces[0] = bytes;
        _file!.Write(_pieces, _offset);
        _last = new FramePlace(_segment, _offset, _offset + bytes.Length, header.FrameNumber);
        _offset += bytes.Length;
        _unsynchronized += bytes.Length;
        LastFrameNumber = header.FrameNumber;
    }

    /// <summary>Makes everything durable that was appended. Blocks.</summary>
    /// <exception cref="IOException">
    /// The disk has failed. Nobody knows then what is on it: the mirror takes nothing any more until it is opened again.
    /// </exception>
    public void Synchronize()
    {
        ThrowIfFailed();
        if (_unsynchronized == 0)
            return;
        try
        {
            _file!.Synchronize();
            if (!_isNameDurable)
                _files.SynchronizeNames();
            _isNameDurable = true;
        }
        catch
        {
            _hasFailed = true;
            throw;
        }

        DurableFrameNumber = LastFrameNumber;
        LeaveMark();
        _unsynchronized = 0;
    }

    /// <summary>Deletes old segments, as <see cref="Journal.Trim"/> does. Blocks.</summary>
    /// <param name="retention">What may go.</param>
    /// <exception cref="IOException">The disk has failed.</exception>
    public JournalTrimReport Trim(JournalRetention retention)
    {
        ArgumentNullException.ThrowIfNull(retention);
        retention.Validate();
        Synchronize();
        return new JournalTrimmer(_files, TimeProvider.System).Run(retention, _segment == 0 ? Recovery.LastFrameSegment : _segment);
    }

    /// <summary>Makes everything durable and closes the files; what fails then is found when it is opened again.</summary>
    public void Dispose()
    {
        try
        {
            if (!_hasFailed)
                Synchronize();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever counts on it looks at the durable number.
        }
        finally
        {
            _file?.Dispose();
            _file = null;
            _mark?.Dispose();
            _lock.Dispose();
        }
    }

    private void ThrowIfFailed()
    {
        if (_hasFailed)
        {
            throw new IOException(
                $"The mirror \"{_files.Directory}\" could not be synchronized, and takes nothing until it is opened again.");
        }
    }

    private void BeginSegment()
    {
        _file = _files.Create(JournalDirectory.NameOf(_nextSegment), 0);
        (_segment, _offset, _isNameDurable) = (_nextSegment, 0, false);
        _nextSegment++;
    }

    private void EndSegment()
    {
        Synchronize();
        _file!.Dispose();
        _file = null;
    }

    // A hint for the next opening; to do without costs time only.
    private void LeaveMark()
    {
        try
        {
            _mark?.Write(_last, _unsynchronized);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The one before stays.
        }
    }
}
