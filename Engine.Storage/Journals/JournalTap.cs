using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Storage.Codecs;
using Engine.Storage.Frames;
using Engine.Subscriptions;

namespace Engine.Storage.Journals;

/// <summary>The handler that takes events of one type out of an engine and into a stream for each producer.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class JournalTap<[DynamicallyAccessedMembers(EventLayout.Fields)] T>(
    Journal journal, JournalWriter writer) : IBatchHandler<T>
    where T : unmanaged, IEvent<T>
{
    private readonly IJournalCodec<T> _codec = writer.Options.Codecs.WriterOf<T>();
    // Asked once, for whoever records to hear it where that throws.
    private readonly int _codecId = writer.Options.Codecs.WriterOf<T>().Id;
    private readonly string _layout = EventLayout.Of<T>();
    private readonly Lock _lock = new();
    private JournalStream<T>?[] _streams = [];

    public IDisposable Begin(IEventSubscriptions engine) => engine.SubscribeBatch(
        this, new SubscriptionOptions<T> { Name = "journal", Priority = int.MinValue, OnLost = OnLost });

    public void Handle(ReadOnlySpan<T> events, in Envelope envelope) => StreamOf(envelope.Producer).Append(events, envelope);

    private void OnLost(in LossNotice notice) => StreamOf(notice.Producer).NoteLoss(notice);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public JournalStream<T> StreamOf(ProducerInfo producer)
    {
        JournalStream<T>?[] streams = Volatile.Read(ref _streams);
        return (uint)producer.Id < (uint)streams.Length && streams[producer.Id] is { } known ? known : AddStream(producer);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private JournalStream<T> AddStream(ProducerInfo producer)
    {
        lock (_lock)
        {
            if (producer.Id < _streams.Length && _streams[producer.Id] is { } known)
                return known;
            var identity = new FrameStream(
                journal.Session, T.Descriptor.Name, _layout, Unsafe.SizeOf<T>(), producer.Id, producer.Name, producer.VmId);
            var stream = new JournalStream<T>(writer, identity, _codec, _codecId);
            var streams = new JournalStream<T>?[Math.Max(_streams.Length, producer.Id + 1)];
            _streams.CopyTo(streams, 0);
            streams[producer.Id] = stream;
            writer.Add(stream);
            Volatile.Write(ref _streams, streams);
            return stream;
        }
    }
}
