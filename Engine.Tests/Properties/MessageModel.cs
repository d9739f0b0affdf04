using Engine.Bus.Messages;

namespace Engine.Tests.Properties;

/// <summary>What a message subscription does, one step after the other and with lists only.</summary>
internal sealed class MessageModel(int capacity, int outputBuffer, int maxAttempts, TimeSpan lease, Func<int, TimeSpan> nackDelay)
{
    private readonly List<Message> _all = [];
    private readonly List<Message> _ready = [];
    private DateTimeOffset _now;

    private enum Place
    {
        Ready,
        Delayed,
        InFlight,
        Parked,
        Acked,
        Skipped,
        Discarded,
    }

    public int Rejected { get; private set; }

    public int Discarded => Count(Place.Discarded);

    public int Acked => Count(Place.Acked);

    public int Skipped => Count(Place.Skipped);

    public int Accepted => _all.Count;

    public int InFlight => Count(Place.InFlight);

    public int Waiting => Count(Place.Ready) + Count(Place.Delayed);

    public IReadOnlyList<int> Parked =>
        [.. _all.Where(static m => m.Place == Place.Parked).OrderBy(static m => m.ParkedAt).Select(static m => m.Sequence)];

    /// <summary>The longest run of messages from the first that have each been settled once.</summary>
    public int Checkpoint => _all.TakeWhile(static m => m.WasSettled).Count();

    public void Start(DateTimeOffset now) => _now = now;

    public void Publish()
    {
        if (InFlight + Waiting == capacity)
        {
            Rejected++;
            return;
        }

        var message = new Message { Sequence = _all.Count + 1 };
        _all.Add(message);
        _ready.Add(message);
    }

    /// <summary>Takes the next message: a redelivery before a new one.</summary>
    public (int Sequence, int Attempt, int Delivery)? Take()
    {
        if (InFlight == outputBuffer || _ready.Count == 0)
            return null;
        Message message = _ready.Find(static m => m.IsRedelivery) ?? _ready[0];
        _ready.Remove(message);
        message.Place = Place.InFlight;
        message.Deadline = _now + lease;
        message.TakenAt = _now;
        message.Delivery++;
        return (message.Sequence, message.Failures + 1, message.Delivery);
    }

    public SettlementOutcome Ack(int sequence, int delivery) => Settle(sequence, delivery, m => End(m, Place.Acked));

    public SettlementOutcome Skip(int sequence, int delivery) => Settle(sequence, delivery, m => End(m, Place.Skipped));

    public SettlementOutcome Nack(int sequence, int delivery, TimeSpan? delay) => Settle(sequence, delivery, m => Fail(m, delay));

    public SettlementOutcome Release(int sequence, int delivery, TimeSpan delay) => Settle(sequence, delivery, m => Return(m, delay));

    public SettlementOutcome Park(int sequence, int delivery) => Settle(sequence, delivery, Park);

    public SettlementOutcome Extend(int sequence, int delivery, TimeSpan by)
    {
        SettlementOutcome outcome = Settle(sequence, delivery, m => m.Deadline = _now + by);
        return outcome == SettlementOutcome.Settled ? SettlementOutcome.Extended : outcome;
    }

    public ParkedOutcome Requeue(int sequence)
    {
        if (InFlight + Waiting == capacity)
            return ParkedOutcome.QueueFull;
        Message message = _all[sequence - 1];
        message.Failures = 0;
        message.QuickReturns = 0;
        message.IsRedelivery = true;
        MakeReady(message);
        return ParkedOutcome.Requeued;
    }

    public ParkedOutcome Discard(int sequence)
    {
        End(_all[sequence - 1], Place.Discarded);
        return ParkedOutcome.Discarded;
    }

    public void Advance(TimeSpan by)
    {
        DateTimeOffset end = _now + by;
        while (true)
        {
            Message[] timed = [.. _all.Where(static m => m.Place is Place.InFlight or Place.Delayed).Where(m => m.Deadline <= end)];
            if (timed.Length == 0)
                break;
            _now = timed.Min(static m => m.Deadline);
            foreach (Message message in Due(timed, Place.InFlight))
            {
                message.Delivery++;
                Fail(message, TimeSpan.Zero);
            }

            foreach (Message message in Due(timed, Place.Delayed))
                MakeReady(message);
        }

        _now = end;
    }

    private Message[] Due(Message[] timed, Place place) =>
        [.. timed.Where(m => m.Place == place && m.Deadline <= _now).OrderBy(static m => m.Deadline).ThenBy(static m => m.Sequence)];

    private SettlementOutcome Settle(int sequence, int delivery, Action<Message> apply)
    {
        Message message = _all[sequence - 1];
        if (message.Delivery != delivery)
            return SettlementOutcome.Stale;
        if (message.Place != Place.InFlight)
            return SettlementOutcome.AlreadySettled;
        apply(message);
        return SettlementOutcome.Settled;
    }

    private void Fail(Message message, TimeSpan? delay)
    {
        if (message.Failures + 1 == maxAttempts)
        {
            Park(message);
            return;
        }

        message.Failures++;
        Return(message, delay ?? nackDelay(message.Failures));
    }

    private void Park(Message message)
    {
        message.Failures++;
        message.ParkedAt = ++_parkings;
        End(message, Place.Parked);
    }

    private void Return(Message message, TimeSpan delay)
    {
        message.IsRedelivery = true;
        message.Deadline = delay > TimeSpan.Zero ? _now + delay : EarliestReturn(message);
        if (message.Deadline <= _now)
            MakeReady(message);
        else
            message.Place = Place.Delayed;
    }

    private void MakeReady(Message message)
    {
        message.Place = Place.Ready;
        _ready.Add(message);
    }

    /// <summary>
    /// At once, unless it came back less than 10 ms after it was taken and has done so before: then after 10 ms, 20, 40...
    /// </summary>
    private DateTimeOffset EarliestReturn(Message message)
    {
        if (_now - message.TakenAt >= TimeSpan.FromMilliseconds(10))
        {
            message.QuickReturns = 0;
            return _now;
        }

        return message.QuickReturns++ == 0
            ? _now
            : message.TakenAt + TimeSpan.FromMilliseconds(Math.Min(1000, 10 * Math.Pow(2, message.QuickReturns - 2)));
    }

    private static void End(Message message, Place place)
    {
        message.Place = place;
        message.WasSettled = true;
    }

    private int _parkings;

    private int Count(Place place) => _all.Count(m => m.Place == place);

    private sealed class Message
    {
        public int Sequence;
        public int Failures;
        public int Delivery;
        public int ParkedAt;
        public int QuickReturns;
        public DateTimeOffset TakenAt;
        public bool IsRedelivery;
        public bool WasSettled;
        public Place Place;
        public DateTimeOffset Deadline;
    }
}
