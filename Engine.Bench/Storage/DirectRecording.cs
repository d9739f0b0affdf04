using Engine.Events;
using Engine.Storage.Journals;

namespace Engine.Bench.Storage;

/// <summary>Writes spans into a journal without an engine, as a dispatcher would hand them over.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class DirectRecording<T> : IDisposable
    where T : unmanaged, IEvent<T>
{
    // About what a dispatcher takes at once under load.
    private const int BatchSize = 8192;

    private static readonly ProducerInfo s_producer = new(1, "vcpu0");

    private readonly JournalFolder _folder = new();
    private readonly Journal _journal;
    private readonly JournalStream<T> _stream;
    private long _sequence;

    public DirectRecording()
    {
        _journal = Journal.Open(_folder.Path, new JournalOptions { CloseTimeout = TimeSpan.FromMinutes(5) });
        _stream = _journal.OpenStream<T>(s_producer);
    }

    public string Folder => _folder.Path;

    public JournalStatistics Statistics => _journal.GetStatistics();

    /// <summary>Records events.</summary>
    public void Append(ReadOnlySpan<T> events)
    {
        while (!events.IsEmpty)
        {
            int count = Math.Min(events.Length, BatchSize);
            var envelope = new Envelope(T.Descriptor, s_producer, _sequence, _sequence, 0, 0, isInline: false);
            _stream.Append(events[..count], envelope);
            _sequence += count;
            events = events[count..];
        }
    }

    /// <summary>Waits until all of it is durable.</summary>
    public void Flush()
    {
        if (!_journal.Flush(TimeSpan.FromMinutes(5)) || _stream.DroppedCount > 0)
            throw new InvalidOperationException($"Not everything became durable: {_journal.LastError?.Message ?? "dropped"}.");
    }

    public void Dispose()
    {
        _journal.Dispose();
        _folder.Dispose();
    }
}
