using Engine.Bench.Support;

namespace Engine.Bench.Peers;

/// <summary>
/// Another way to bring events from one producer to one consumer, set up as its documentation advises. A new peer is
/// one file with a class derived from this one and a public constructor without parameters; the command finds it.
/// <code>producer -> queue of the peer -> consumer</code>
/// </summary>
internal abstract class Peer : IEventTransfer, ILatencyRun
{
    /// <summary>Its permanent name on the command line.</summary>
    public abstract string Id { get; }

    /// <summary>Its name in tables.</summary>
    public abstract string Name { get; }

    /// <summary>The page of the documentation that the set-up follows.</summary>
    public abstract string Documentation { get; }

    public virtual long EventCount => 1_000_000;

    /// <summary>Whether the consumer is another thread, so that the time from publish to handler says something.</summary>
    public virtual bool HasLatency => true;

    /// <summary>All peers, in the order of their names.</summary>
    public static IReadOnlyList<Peer> CreateAll() =>
    [
        .. typeof(Peer).Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(Peer)) && !type.IsAbstract)
            .Select(static type => (Peer)Activator.CreateInstance(type)!)
            .OrderBy(static peer => peer.Id, StringComparer.Ordinal),
    ];

    public ulong Run(long count) => Run(EventFeed.Numbered(count), count, null);

    public void Run(int count, LatencySamples samples) =>
        Checksum.Check(Name, Run(EventFeed.Paced(count), count, samples), Checksum.Expected(count));

    public void Dispose()
    {
    }

    /// <summary>Makes an empty queue and starts to receive from it.</summary>
    /// <param name="receiver">Gets each event.</param>
    /// <param name="count">Number of events that will come.</param>
    /// <returns>Completes when the receiver has got all events.</returns>
    protected abstract Task StartReceiving(EventReceiver receiver, long count);

    /// <summary>Sends all events of the feed from the calling thread.</summary>
    protected abstract void Send(EventFeed feed);

    /// <summary>A thread of its own for a consumer that does not give its thread back.</summary>
    protected static Task OnOwnThread(Action receive) => Task.Factory.StartNew(receive, TaskCreationOptions.LongRunning);

    private ulong Run(EventFeed feed, long count, LatencySamples? samples)
    {
        var receiver = new EventReceiver(samples);
        Task received = StartReceiving(receiver, count);
        Send(feed);
        received.GetAwaiter().GetResult();
        return receiver.Sum;
    }
}
