using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Engine.Events;
using Engine.Storage.Frames;
using Engine.Subscriptions;

namespace Engine.Storage.Journals;

/// <summary>
/// Records events at the rate at which they come: append-only files of frames, each readable alone, made durable together. Thread-safe.
/// One writer at a time per directory; readers need no lock.
/// </summary>
/// <remarks>
/// Handlers run on dispatchers and hand over bytes; threads of the journal's own compress, write and synchronize them. Where the disk
/// cannot follow, the overflow policy says whether dispatchers wait or events are dropped, and the next frame names those.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Journal : IDisposable
{
    private readonly JournalWriter _writer;
    private readonly JournalTrimmer _trimmer;
    private readonly IDisposable _lock;
    private readonly List<IDisposable> _taps = [];
    private readonly Lock _tapsLock = new();
    private JournalCloseReport? _closed;
    private int _isTrimming;

    private Journal(IJournalFiles files, JournalOptions options, IDisposable @lock, JournalRecovery recovery)
    {
        Directory = files.Directory;
        Recovery = recovery;
        _lock = @lock;
        _trimmer = new JournalTrimmer(files, options.TimeProvider);
        // Ascending from one opening to the next, also where the clock is not, and different for two copies of a journal.
        Session = Math.Max(
            recovery.LastSession + 1,
            (options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds() << 16) | (uint)RandomNumberGenerator.GetInt32(1, 1 << 16));
        _writer = new JournalWriter(files, options, recovery) { Account = (new JournalAccount([], []), Session) };
        if (options.Retention is not null)
            _writer.Frames.SegmentBegun = TrimSoon;
    }

    /// <summary>Where the files are.</summary>
    public string Directory { get; }

    /// <summary>Identifies this opening: sequences are those of one session.</summary>
    public long Session { get; }

    /// <summary>What was found of the writer before.</summary>
    public JournalRecovery Recovery { get; }

    /// <summary>The latest failure of the disk, one that was got over included; null if there was none.</summary>
    public Exception? LastError => _writer.LastError;

    /// <summary>Opens a journal for writing, or begins one. Cuts off a torn end.</summary>
    /// <param name="directory">Where its files are; made if it does not exist.</param>
    /// <param name="options">How it writes; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">Another process writes it, or a file cannot be read or made.</exception>
    public static Journal Open(string directory, JournalOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        options ??= new JournalOptions();
        options.Validate();
        return Open(new DiskFiles(directory), options);
    }

    internal static Journal Open(IJournalFiles files, JournalOptions options)
    {
        files.MakeDirectory();
        IDisposable @lock = files.Lock();
        try
        {
            JournalTrimmer.Finish(files);
            return new Journal(files, options, @lock, JournalRecovery.Run(files));
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Records all events of a type from now on, of every producer.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="engine">Where the events come from.</param>
    /// <returns>Ends the recording of the type when it is disposed; closing the journal does too.</returns>
    /// <exception cref="InvalidOperationException">The event type is not registered with the engine.</exception>
    /// <exception cref="ObjectDisposedException">The journal is closed.</exception>
    public IDisposable Record<[DynamicallyAccessedMembers(EventLayout.Fields)] T>(
        IEventSubscriptions engine)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(engine);
        lock (_tapsLock)
        {
            ObjectDisposedException.ThrowIf(_closed is not null, this);
            var tap = new JournalTap<T>(this, _writer);
            IDisposable subscription = tap.Begin(engine);
            _taps.Add(subscription);
            return subscription;
        }
    }

    /// <summary>
    /// Says what is to be signed off when the journal is closed (<see cref="JournalOptions.IsSignedOff"/>). The last call counts.
    /// </summary>
    /// <param name="account">The ledger of the run, taken when nothing is on its way any more.</param>
    /// <exception cref="InvalidOperationException">The journal is not signed off.</exception>
    /// <exception cref="ObjectDisposedException">The journal is closed.</exception>
    public void Account(JournalAccount account)
    {
        ArgumentNullException.ThrowIfNull(account);
        if (!_writer.Options.IsSignedOff)
            throw new InvalidOperationException("Only a journal that was opened with IsSignedOff has an account.");
        lock (_tapsLock)
        {
            ObjectDisposedException.ThrowIf(_closed is not null, this);
            _writer.Account = (account, Session);
        }
    }

    /// <summary>A stream that is filled without an engine.</summary>
    internal JournalStream<T> OpenStream<[DynamicallyAccessedMembers(EventLayout.Fields)] T>(ProducerInfo producer)
        where T : unmanaged, IEvent<T> => new JournalTap<T>(this, _writer).StreamOf(producer);

    /// <summary>Waits until everything recorded before the call is durable. Blocks.</summary>
    /// <param name="timeout">How long at most; <see cref="JournalOptions.NoLimit"/> for as long as it takes.</param>
    /// <returns>False if it was not so in time, or never will be because the disk has failed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    public bool Flush(TimeSpan timeout)
    {
        TimeSpan wait = timeout == JournalOptions.NoLimit ? TimeSpan.MaxValue : timeout;
        ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(timeout));
        return _writer.Flush(Deadlines.After(wait));
    }

    /// <summary>The sequence after the last durable event of a producer; 0 if none of its events are.</summary>
    /// <param name="eventType">The event type's name.</param>
    /// <param name="producerId">The producer's number within its engine.</param>
    public long DurableEndOf(string eventType, int producerId) => _writer.Streams
        .FirstOrDefault(stream => stream.Identity.EventType == eventType && stream.Identity.ProducerId == producerId)?.DurableEnd ?? 0;

    /// <summary>
    /// Deletes old segments: each is an unlink, after it was written down durably what goes. Blocks for as long as it takes to read their
    /// headers. What is not yet durable, and what a bookmark wants, stays.
    /// </summary>
    /// <param name="retention">What may go.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of it is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The journal is closed.</exception>
    /// <exception cref="IOException">
    /// The disk has failed; what was written down as deleted and is still there goes at the next opening.
    /// </exception>
    public JournalTrimReport Trim(JournalRetention retention)
    {
        ArgumentNullException.ThrowIfNull(retention);
        retention.Validate();
        long durable = _writer.Synchronizer.DurableSegment;
        // The last frame stays in any case: numbers go on from it.
        return _trimmer.Run(retention, durable == 0 ? Recovery.LastFrameSegment : durable);
    }

    /// <summary>The counters. Exact after the journal was closed.</summary>
    public JournalStatistics GetStatistics() => JournalStatistics.Of(_writer);

    /// <summary>
    /// Ends the recordings, marks the end of each stream, and makes everything durable. Blocks, at most as long as the options say.
    /// The second call gives the first one's report.
    /// </summary>
    public JournalCloseReport Close()
    {
        IDisposable[] taps;
        lock (_tapsLock)
        {
            if (_closed is not null)
                return _closed;
            taps = [.. _taps];
            _closed = new JournalCloseReport(false, JournalStatistics.Of(_writer), null);
        }

        long deadline = Deadlines.After(_writer.Options.CloseTimeout);
        _writer.LimitWaits(deadline);
        foreach (IDisposable tap in taps)
            tap.Dispose();
        bool isComplete = _writer.Close(deadline);
        _trimmer.Close();
        if (isComplete)
            _writer.Dispose();
        _lock.Dispose();
        return _closed = new JournalCloseReport(isComplete, JournalStatistics.Of(_writer), isComplete ? null : _writer.LastError);
    }

    /// <summary>Closes it.</summary>
    public void Dispose() => Close();

    // Headers are read for it: neither the writer nor the synchronizer can wait for that.
    private void TrimSoon()
    {
        if (Interlocked.Exchange(ref _isTrimming, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static journal => journal.TrimInBackground(), this, preferLocal: false);
    }

    private void TrimInBackground()
    {
        Volatile.Write(ref _isTrimming, 0);
        try
        {
            Trim(_writer.Options.Retention!);
        }
        catch (ObjectDisposedException)
        {
            // Closed meanwhile.
        }
        catch (Exception exception)
        {
            _writer.Report(exception);
        }
    }

    /// <summary>The directory and what was recorded.</summary>
    public override string ToString() => $"journal \"{Directory}\": {GetStatistics()}";
}
