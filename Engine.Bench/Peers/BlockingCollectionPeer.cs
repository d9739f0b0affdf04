using System.Collections.Concurrent;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>A <see cref="BlockingCollection{T}"/> bounded to the engine's capacity, read by its consuming enumerable.</summary>
internal sealed class BlockingCollectionPeer : Peer
{
    private BlockingCollection<InstructionRetired> _collection = [];

    public override string Id => "blocking-collection";

    public override string Name => "BlockingCollection<T>, bounded";

    public override string Documentation =>
        "BlockingCollection overview and How to: Use ForEach to remove items in a BlockingCollection (.NET documentation)";

    protected override Task StartReceiving(EventReceiver receiver, long count)
    {
        var collection = new BlockingCollection<InstructionRetired>(InstructionRetired.Descriptor.Capacity);
        _collection = collection;
        return OnOwnThread(() =>
        {
            foreach (InstructionRetired e in collection.GetConsumingEnumerable())
                receiver.Handle(e);
            collection.Dispose();
        });
    }

    protected override void Send(EventFeed feed)
    {
        while (feed.TryNext(out InstructionRetired e))
            _collection.Add(e);
        _collection.CompleteAdding();
    }
}
