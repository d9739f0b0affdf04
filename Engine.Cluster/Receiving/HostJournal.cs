using Engine.Cluster.Contracts;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Cluster.Receiving;

/// <summary>What became of a message of a host.</summary>
internal enum TakeOutcome
{
    /// <summary>It was the next one, and was appended.</summary>
    Appended,

    /// <summary>The hub has it already.</summary>
    Duplicate,

    /// <summary>Earlier ones are missing: it waits in memory.</summary>
    Held,

    /// <summary>Earlier ones are missing and there is no room to wait: it will be asked for again.</summary>
    Dropped,
}

/// <summary>
/// The copy of one host's journal, and what is missing of it. A frame is appended when all before it are there or lost by name; others
/// wait for those. Used by one thread.
/// </summary>
internal sealed class HostJournal : IDisposable
{
    // No host lives that long; a number above it is made up.
    private const long MaxFrame = 1L << 62;

    private readonly HubOptions _options;
    private readonly string _directory;
    private readonly SortedDictionary<long, HeldFrame> _held = [];
    private readonly FrameParts _parts;
    private readonly List<(FrameHeader Header, ReadOnlyMemory<byte> Bytes)> _fresh = [];
    private JournalMirror? _mirror;
    private LossFile _losses;
    private long _heldBytes;
    private long _next;

    public HostJournal(HubOptions options, string host, string journal)
    {
        (_options, Host, Journal) = (options, host, journal);
        _parts = new FrameParts(Math.Max(options.MaxHeldBytes, 1 << 20));
        _directory = Path.Combine(options.Directory, host, journal);
        System.IO.Directory.CreateDirectory(_directory);
        _losses = new LossFile(_directory);
        Open();
    }

    public string Host { get; }

    public string Journal { get; }

    public HostLedger Ledger { get; } = new();

    /// <summary>All frames up to this number are durable here, or lost by name.</summary>
    public long Through { get; private set; }

    /// <summary>When it was last used, in ticks of the hub's own counting.</summary>
    public long LastUse { get; set; }

    public bool IsOpen => _mirror is not null;

    public long LostFrames => _losses.Count;

    /// <summary>When it was last told of a gap, and of which, so that it is not asked for again while it is on its way.</summary>
    public (long From, long Time) LastGap { get; set; }

    /// <summary>What is missing before frames that wait; null for nothing.</summary>
    public (long From, long To)? Gap => _held.Count == 0 ? null : (_next, _held.First().Key - 1);

    /// <summary>Opens the files, if they are not.</summary>
    /// <exception cref="IOException">They cannot be opened.</exception>
    public void Open()
    {
        if (_mirror is not null)
            return;
        _mirror = JournalMirror.Open(_directory, _options.SegmentBytes);
        _losses = new LossFile(_directory);
        _next = Math.Max(_mirror.LastFrameNumber, _losses.LastFrame) + 1;
        Through = _next - 1;
    }

    /// <summary>Takes a frame.</summary>
    /// <param name="bytes">The whole frame; they must stay as they are.</param>
    /// <exception cref="InvalidDataException">It is no good frame.</exception>
    /// <exception cref="IOException">The disk has failed or is full.</exception>
    public TakeOutcome Take(ReadOnlyMemory<byte> bytes)
    {
        FrameHeader header = JournalFrame.Parse(bytes).Header;
        return Take(new HeldFrame(header.FrameNumber, header.FrameNumber, header, bytes, null));
    }

    /// <summary>Takes a part of a frame that is larger than a message.</summary>
    /// <param name="frame">The frame's number, as the message has it.</param>
    /// <param name="part">Which part of how many, as the message has it.</param>
    /// <param name="bytes">Its bytes; they must stay as they are.</param>
    /// <exception cref="InvalidDataException">It is no part, or all together are no good frame.</exception>
    /// <exception cref="IOException">The disk has failed or is full.</exception>
    public TakeOutcome TakePart(string? frame, string? part, ReadOnlyMemory<byte> bytes) =>
        _parts.Take(frame, part, bytes, _next) is { } whole ? Take(whole) : TakeOutcome.Held;

    /// <summary>Takes a notice that frames are lost.</summary>
    /// <exception cref="InvalidDataException">It is no good notice.</exception>
    /// <exception cref="IOException">The disk has failed or is full.</exception>
    public TakeOutcome Take(FrameRangeLoss loss) => loss is { From: > 0, To: < MaxFrame } && loss.From <= loss.To
        ? Take(new HeldFrame(loss.From, loss.To, null, default, loss))
        : throw new InvalidDataException($"Frames {loss.From} to {loss.To} are no range.");

    /// <summary>Makes everything durable that was appended, and gives it out.</summary>
    /// <returns>Times that the handler threw.</returns>
    /// <exception cref="IOException">The disk has failed.</exception>
    public int Synchronize()
    {
        _mirror!.Synchronize();
        Through = _next - 1;
        int errors = 0;
        foreach ((FrameHeader header, ReadOnlyMemory<byte> bytes) in _fresh)
        {
            Ledger.Note(header);
            errors += TryGiveOut(bytes) ? 0 : 1;
        }

        _fresh.Clear();
        return errors;
    }

    /// <summary>Deletes what the retention lets go.</summary>
    public void Trim()
    {
        if (_options.Retention is { } retention)
            _mirror?.Trim(retention);
    }

    /// <summary>
    /// Closes the files. What waited in memory, and what was appended and is not known to be durable, is asked for again.
    /// </summary>
    public void Dispose()
    {
        _held.Clear();
        _parts.Clear();
        _fresh.Clear();
        _heldBytes = 0;
        _mirror?.Dispose();
        _mirror = null;
    }

    private TakeOutcome Take(HeldFrame frame)
    {
        if (frame.To < _next)
        {
            Ledger.Duplicates++;
            return TakeOutcome.Duplicate;
        }

        if (frame.From > _next)
            return Hold(frame);
        Append(frame);
        while (_held.Count > 0 && _held.First() is var (from, waiting) && from <= _next)
        {
            _held.Remove(from);
            _heldBytes -= waiting.Bytes.Length;
            if (waiting.To >= _next)
                Append(waiting);
        }

        return TakeOutcome.Appended;
    }

    private TakeOutcome Hold(HeldFrame frame)
    {
        if (_held.ContainsKey(frame.From))
        {
            Ledger.Duplicates++;
            return TakeOutcome.Duplicate;
        }

        if (_heldBytes + frame.Bytes.Length > _options.MaxHeldBytes)
        {
            Ledger.Dropped++;
            return TakeOutcome.Dropped;
        }

        if (_held.Count == 0)
            Ledger.Gaps++;
        _held.Add(frame.From, frame);
        _heldBytes += frame.Bytes.Length;
        return TakeOutcome.Held;
    }

    private void Append(HeldFrame frame)
    {
        if (frame.Loss is { } loss)
        {
            // What came before the notice is there; what comes behind it must be durable first.
            _mirror!.Synchronize();
            _losses.Add(loss with { From = _next });
        }
        else
        {
            _mirror!.Append(frame.Bytes, frame.Header!);
            _fresh.Add((frame.Header!, frame.Bytes));
        }

        _next = frame.To + 1;
    }

    private bool TryGiveOut(ReadOnlyMemory<byte> bytes)
    {
        if (_options.OnFrame is not { } handler)
            return true;
        try
        {
            handler(Host, JournalFrame.Parse(bytes));
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private sealed record HeldFrame(long From, long To, FrameHeader? Header, ReadOnlyMemory<byte> Bytes, FrameRangeLoss? Loss);
}
