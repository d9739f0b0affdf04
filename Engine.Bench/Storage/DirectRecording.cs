using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Storage.Codecs;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Bench.Storage;

/// <summary>Writes spans into a journal without an engine, as a dispatcher would hand them over.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class DirectRecording<T> : IDisposable
    where T : unmanaged, IEvent<T>
{
    // About what a dispatcher takes at once under load.
    private const int BatchSize = 8192;

    private readonly JournalFolder _folder = new();
    private readonly JournalWriter _writer;
    private readonly JournalStream<T> _stream;
    private long _sequence;

    public DirectRecording()
    {
        var options = new JournalOptions();
        Directory.CreateDirectory(_folder.Path);
        _writer = new JournalWriter(_folder.Path, options, firstSegment: 1, lastFrameNumber: 0);
        IJournalCodec<T> codec = options.Codecs.WriterOf<T>();
        _stream = new JournalStream<T>(
            _writer, new FrameStream(1, T.Descriptor.Name, EventLayout.Of<T>(), Unsafe.SizeOf<T>(), 1, "vcpu0", null), codec);
        _writer.Add(_stream);
    }

    public string Folder => _folder.Path;

    public long StoredBytes => _writer.Frames.ByteCount;

    public JournalSynchronizer Synchronizer => _writer.Synchronizer;

    /// <summary>Records events.</summary>
    public void Append(ReadOnlySpan<T> events)
    {
        while (!events.IsEmpty)
        {
            int count = Math.Min(events.Length, BatchSize);
            var envelope = new Envelope(T.Descriptor, new ProducerInfo(1, "vcpu0"), _sequence, _sequence, 0, 0, isInline: false);
            _stream.Append(events[..count], envelope);
            _sequence += count;
            events = events[count..];
        }
    }

    /// <summary>Waits until all of it is durable.</summary>
    public void Flush()
    {
        if (!_writer.Flush(Deadlines.After(TimeSpan.FromMinutes(5))) || _stream.DroppedCount > 0)
            throw new InvalidOperationException($"Not everything became durable: {_writer.LastError?.Message ?? "dropped"}.");
    }

    public void Dispose()
    {
        _writer.Close(Deadlines.After(TimeSpan.FromMinutes(5)));
        _writer.Dispose();
        _folder.Dispose();
    }
}
