using Engine.Storage.Codecs;

namespace Engine.Storage.Journals;

/// <summary>
/// Follows a journal that is being written, by this process or another: gives its frames in order, and only those that are known to be
/// durable. Changes nothing and needs no lock. Used by one thread.
/// </summary>
public sealed class JournalTail : IDisposable
{
    private readonly string _directory;
    private readonly JournalCodecs _codecs;
    private JournalReader? _reader;
    private JournalPosition? _resumeAt;
    private long _durable;

    /// <summary>Makes a tail; the journal need not be there yet.</summary>
    /// <param name="directory">Where its files are.</param>
    /// <param name="nextFrame">The number of the first frame that is wanted: 1 or more.</param>
    /// <param name="codecs">How bytes become events; null for the engine's own ways.</param>
    public JournalTail(string directory, long nextFrame = 1, JournalCodecs? codecs = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        ArgumentOutOfRangeException.ThrowIfLessThan(nextFrame, 1);
        _directory = directory;
        _codecs = codecs ?? new JournalCodecs();
        NextFrame = nextFrame;
    }

    /// <summary>The number of the frame that comes next.</summary>
    public long NextFrame { get; private set; }

    /// <summary>The number of the last frame that is known to be durable, when that was last looked at; 0 for none.</summary>
    public long DurableFrame => _durable;

    /// <summary>
    /// Frames that are missing directly before the one that was read last: they are damaged, or were deleted
    /// (<see cref="ReadDeletion"/>). 0 for none.
    /// </summary>
    public long MissingBefore { get; private set; }

    /// <summary>Goes to another frame.</summary>
    /// <param name="nextFrame">The number of the frame that is wanted next: 1 or more.</param>
    public void Seek(long nextFrame)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nextFrame, 1);
        NextFrame = nextFrame;
        _resumeAt = null;
        Close();
    }

    /// <summary>Reads the next frame that is durable. It is valid until the next call.</summary>
    /// <returns>False if there is none now; there may be one later.</returns>
    /// <exception cref="IOException">The disk has failed.</exception>
    public bool TryRead(out JournalFrame frame)
    {
        frame = default;
        MissingBefore = 0;
        if (NextFrame > _durable && !LookAgain())
            return false;
        // The reader knows the segments there were when it was opened.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            if (_reader is null && !Open())
                return false;
            if (TryReadFrom(_reader!, out frame))
                return true;
            Close();
        }

        return false;
    }

    /// <summary>What was deleted from the journal's beginning.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public JournalDeletion ReadDeletion() => JournalDeletion.Read(new DiskFiles(_directory));

    /// <inheritdoc/>
    public void Dispose() => Close();

    private bool LookAgain()
    {
        if (!Directory.Exists(_directory))
            return false;
        _durable = Math.Max(_durable, JournalMark.Read(new DiskFiles(_directory)) is [var (_, place), ..] ? place.FrameNumber : 0);
        return NextFrame <= _durable;
    }

    private bool TryReadFrom(JournalReader reader, out JournalFrame frame)
    {
        while (reader.TryRead(out frame))
        {
            long number = frame.Header.FrameNumber;
            if (number < NextFrame)
                continue;
            // Behind what is missing there may be what is not yet durable.
            if (number > _durable && (!LookAgain() || number > _durable))
                return false;
            MissingBefore = number - NextFrame;
            NextFrame = number + 1;
            _resumeAt = new JournalPosition(frame.Position.Segment, frame.Position.Offset + frame.Header.FrameLength);
            return true;
        }

        return false;
    }

    private bool Open()
    {
        try
        {
            _reader = JournalReader.Open(_directory, _codecs);
            if ((_resumeAt ?? _reader.FindFrame(NextFrame)) is { } position)
                _reader.Seek(position);
            return true;
        }
        catch (Exception exception) when (exception is InvalidDataException or DirectoryNotFoundException)
        {
            Close();
            return false;
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or FileNotFoundException)
        {
            // The segment was deleted meanwhile: what is left begins later.
            _resumeAt = null;
            Close();
            return false;
        }
    }

    private void Close()
    {
        _reader?.Dispose();
        _reader = null;
    }
}
