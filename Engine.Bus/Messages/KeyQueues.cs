using System.Runtime.InteropServices;

namespace Engine.Bus.Messages;

/// <summary>
/// Messages that wait for an earlier one of the same key to be settled. A key is in it while one of its messages is at large: handed out,
/// or waiting to be. Guarded by the queue's lock; allocates for keys.
/// </summary>
internal sealed class KeyQueues
{
    private readonly Dictionary<int, EntryQueue> _waiting = [];

    /// <summary>Messages that wait.</summary>
    public int WaitingCount { get; private set; }

    /// <summary>A message is about to be handed out.</summary>
    /// <returns>Whether it may be; otherwise it waits here.</returns>
    public bool TryEnter(MessageEntry entry)
    {
        ref EntryQueue queue = ref CollectionsMarshal.GetValueRefOrAddDefault(_waiting, entry.Key, out bool isHeld);
        if (!isHeld)
        {
            entry.HoldsKey = true;
            return true;
        }

        queue.Enqueue(entry);
        WaitingCount++;
        return false;
    }

    /// <summary>A message is settled for good.</summary>
    /// <returns>The next of its key, which may be handed out now; null if none waits.</returns>
    public MessageEntry? Leave(MessageEntry entry)
    {
        if (!entry.HoldsKey)
            return null;
        entry.HoldsKey = false;
        ref EntryQueue queue = ref CollectionsMarshal.GetValueRefOrNullRef(_waiting, entry.Key);
        MessageEntry? next = queue.TryDequeue();
        if (next is null)
        {
            _waiting.Remove(entry.Key);
            return null;
        }

        WaitingCount--;
        next.HoldsKey = true;
        return next;
    }

    /// <summary>Takes out one that waits, to drop it; null if none does.</summary>
    public MessageEntry? TryTakeWaiting()
    {
        if (WaitingCount == 0)
            return null;
        foreach (int key in _waiting.Keys)
        {
            if (CollectionsMarshal.GetValueRefOrNullRef(_waiting, key).TryDequeue() is not { } entry)
                continue;
            WaitingCount--;
            return entry;
        }

        return null;
    }
}
