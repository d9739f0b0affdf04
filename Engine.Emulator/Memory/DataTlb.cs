namespace Engine.Emulator.Memory;

/// <summary>
/// The TLBs for loads and stores: direct-mapped, one pair per data context. A context is a combination of the
/// effective privilege mode with SUM and MXR, so that changing one of these costs no flush. An entry exists
/// only for a page of plain memory that the context may access as a whole.
/// </summary>
internal sealed unsafe class DataTlb : IDisposable
{
    /// <summary>Number of contexts: M, four of S, two of U.</summary>
    public const int ContextCount = 7;

    /// <summary>Entries of each TLB.</summary>
    public const int EntryCount = 256;

    /// <summary>Selects the byte offset of an entry from (address &gt;&gt; <see cref="IndexShift"/>).</summary>
    public const ulong IndexMask = (EntryCount - 1) * 16;

    /// <summary>Shift that turns a page number into an entry's byte offset.</summary>
    public const int IndexShift = 8;

    private const int EntriesPerContext = EntryCount * 2;
    private readonly NativeBuffer<TlbEntry> _memory = new(ContextCount * EntriesPerContext, alignment: 4096);
    private readonly TlbEntry* _entries;
    private readonly bool[] _used = new bool[ContextCount];

    public DataTlb()
    {
        _entries = _memory.Start;
        new Span<byte>(_entries, sizeof(TlbEntry) * EntriesPerContext * ContextCount).Fill(0xFF);
    }

    /// <summary>The load TLB of a context.</summary>
    public byte* Loads(int context) => (byte*)(_entries + (context * EntriesPerContext));

    /// <summary>The store TLB of a context.</summary>
    public byte* Stores(int context) => (byte*)(_entries + (context * EntriesPerContext) + EntryCount);

    /// <summary>Installs a translation for loads or for stores.</summary>
    public void Install(int context, bool forStores, ulong virtualAddress, byte* hostPage)
    {
        ulong page = virtualAddress & ~0xFFFUL;
        byte* tlb = forStores ? Stores(context) : Loads(context);
        var entry = (TlbEntry*)(tlb + ((virtualAddress >> IndexShift) & IndexMask));
        entry->Tag = page;
        entry->Addend = (ulong)hostPage - page;
        _used[context] = true;
    }

    /// <summary>Drops every entry.</summary>
    public void FlushAll()
    {
        for (int context = 0; context < ContextCount; context++)
        {
            if (!_used[context])
                continue;
            _used[context] = false;
            new Span<byte>(Loads(context), sizeof(TlbEntry) * EntriesPerContext).Fill(0xFF);
        }
    }

    /// <summary>Drops the entries of one page in every context.</summary>
    public void FlushPage(ulong virtualAddress)
    {
        ulong offset = (virtualAddress >> IndexShift) & IndexMask;
        for (int context = 0; context < ContextCount; context++)
        {
            ((TlbEntry*)(Loads(context) + offset))->Tag = TlbEntry.Invalid;
            ((TlbEntry*)(Stores(context) + offset))->Tag = TlbEntry.Invalid;
        }
    }

    /// <summary>Drops the store entries that lead to a page of host memory.</summary>
    public void FlushStoresTo(byte* hostPage)
    {
        for (int context = 0; context < ContextCount; context++)
        {
            if (!_used[context])
                continue;
            var entries = (TlbEntry*)Stores(context);
            for (int index = 0; index < EntryCount; index++)
            {
                if (entries[index].Tag + entries[index].Addend == (ulong)hostPage)
                    entries[index].Tag = TlbEntry.Invalid;
            }
        }
    }

    public void Dispose() => _memory.Dispose();
}
