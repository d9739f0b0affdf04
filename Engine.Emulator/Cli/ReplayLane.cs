using Engine.Events;
using Engine.Events.Vm;
using Engine.Publish;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Emulator.Cli;

/// <summary>Publishes recorded events of one type and producer again.</summary>
internal abstract class ReplayLane
{
    /// <summary>Events published.</summary>
    public long Count { get; protected set; }

    /// <summary>Publishes what a frame has within the range.</summary>
    public abstract void Play(in JournalFrame frame, ulong from, ulong to);
}

/// <inheritdoc/>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class ReplayLane<T>(EventProducer producer) : ReplayLane
    where T : unmanaged, IEvent<T>
{
    private readonly EventLane<T> _lane = producer.GetLane<T>();
    private T[] _events = [];

    public override void Play(in JournalFrame frame, ulong from, ulong to)
    {
        FrameHeader header = frame.Header;
        if (_events.Length < header.Count)
            _events = new T[header.Count];
        frame.Decode(_events.AsSpan(0, header.Count));
        Span<T> events = InRange(header, from, to);
        if (events.IsEmpty)
            return;
        producer.InstructionCount = header.LastInstructionCount;
        _lane.PublishBatch(events);
        Count += events.Length;
    }

    // An instruction's number is its sequence; rarer events carry theirs; of others the frame's is as near as it gets.
    private Span<T> InRange(FrameHeader header, ulong from, ulong to)
    {
        Span<T> events = _events.AsSpan(0, header.Count);
        if (typeof(T) == typeof(InstructionRetired))
        {
            ulong first = (ulong)header.FirstSequence;
            int start = (int)Math.Min(from > first ? from - first : 0, (ulong)events.Length);
            int end = (int)Math.Min(to > first ? to - first : 0, (ulong)events.Length);
            return start < end ? events[start..end] : [];
        }

        if (default(T) is IExecutionPointEvent)
        {
            int kept = 0;
            foreach (T candidate in events)
            {
                ulong at = ((IExecutionPointEvent)candidate).At.RetiredInstructions;
                if (at >= from && at < to)
                    _events[kept++] = candidate;
            }

            return _events.AsSpan(0, kept);
        }

        return (ulong)header.LastInstructionCount >= from && (ulong)header.FirstInstructionCount < to ? events : [];
    }
}
