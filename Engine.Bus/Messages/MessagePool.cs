using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Bus.Messages;

/// <summary>
/// Entries of one event type that wait to be used again. Consumers put them in under the queue's lock, publishers take them out
/// without one; none is taken from another publisher, so the last one settled is the next one filled as long as they keep step.
/// <code>
/// Consumer   1. put the entry on the list of spent ones    (in the queue's lock)
///            2. Free is null: store-release the whole list there
///
/// Publisher  1. take an entry from the list of its own thread
///            2. that is empty: exchange Free for null; what was there is its list from now on
///
/// Order      Only consumers make Free something and only publishers make it null, so no compare-exchange can mistake one list for
///            another. The exchange acquires what the release has published: the entries' links, and that their payloads are cleared.
/// </code>
/// Threads that share a slot of <see cref="ThreadCells"/> take and give back their list by an exchange.
/// As many entries exist as were ever unsettled at one time, and what publishers have taken out and not filled.
/// </summary>
internal abstract class MessagePool
{
    private readonly Cell?[] _cells = new Cell?[ThreadCells.SlotCount];
    private readonly Cell _free = new();
    private MessageEntry? _spent;

    /// <summary>Puts an entry in. Under the queue's lock.</summary>
    public void Return(MessageEntry entry)
    {
        entry.Next = _spent;
        _spent = entry;
        if (Volatile.Read(ref _free.First.Value) is not null)
            return;
        _spent = null;
        Volatile.Write(ref _free.First.Value, entry);
    }

    /// <summary>Gives an entry back that was taken out and not used. By the thread that took it out.</summary>
    public void GiveBack(MessageEntry entry, ThreadCells thread)
    {
        int slot = thread.Slot;
        if (slot == ThreadCells.SharedSlot)
            return;
        ref MessageEntry? own = ref _cells[slot]!.First.Value;
        entry.Next = own;
        own = entry;
    }

    protected MessageEntry? TryRent(ThreadCells thread)
    {
        int slot = thread.Slot;
        Cell cell = _cells[slot] ?? AddCell(slot);
        if (slot == ThreadCells.SharedSlot)
            return TryRentShared(cell);
        MessageEntry? entry = cell.First.Value ?? TakeFree();
        if (entry is null)
            return null;
        cell.First.Value = entry.Next;
        entry.Next = null;
        return entry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MessageEntry? TakeFree() =>
        Volatile.Read(ref _free.First.Value) is null ? null : Interlocked.Exchange(ref _free.First.Value, null);

    private MessageEntry? TryRentShared(Cell cell)
    {
        MessageEntry? entry = Interlocked.Exchange(ref cell.First.Value, null) ?? TakeFree();
        if (entry?.Next is { } rest)
        {
            entry.Next = null;
            // Where another thread was faster, these are left to the garbage collector.
            Interlocked.CompareExchange(ref cell.First.Value, rest, null);
        }

        return entry;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Cell AddCell(int slot) => Interlocked.CompareExchange(ref _cells[slot], new Cell(), null) ?? _cells[slot]!;

    /// <summary>The first of a list.</summary>
    private sealed class Cell
    {
        public PaddedEntry First;
    }
}

/// <summary>The entries of one event type.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class MessagePool<T>(MessageQueue queue, EventDescriptor eventType) : MessagePool
    where T : IEvent<T>
{
    public MessageEntry<T> Rent(ThreadCells thread) =>
        TryRent(thread) is { } entry ? Unsafe.As<MessageEntry<T>>(entry) : new MessageEntry<T>(queue, this, eventType);
}
