using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Tests.Emulator.Harts;

/// <summary>Counts the calls of all harts, and is set back with the machine; knows which sequences it has ever had.</summary>
internal sealed class CallsByProducer : ICheckpointed, IBatchHandler<GuestCalled>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, long> _next = [];
    private uint _count;

    public CallsByProducer(EventEngine engine)
    {
        engine.SubscribeBatch(this);
        engine.AddCheckpoint(this);
    }

    public string CheckpointName => "calls";

    public uint Count => Volatile.Read(ref _count);

    public int Doubled { get; private set; }

    public void Handle(ReadOnlySpan<GuestCalled> events, in Envelope envelope)
    {
        lock (_lock)
        {
            if (envelope.Sequence < _next.GetValueOrDefault(envelope.Producer.Id))
                Doubled++;
            _next[envelope.Producer.Id] = envelope.Sequence + events.Length;
            _count += (uint)events.Length;
        }
    }

    public object? SaveCheckpoint() => Count;

    public void RestoreCheckpoint(object? checkpoint) => _count = checkpoint is uint count ? count : 0;
}
