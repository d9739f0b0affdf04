using System.Runtime.CompilerServices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const ulong SatpSv39 = 8UL << 60;
    private const ulong SatpPageMask = (1UL << 44) - 1;
    private const int FetchTlbSize = 256;

    private readonly FetchTlbEntry[] _fetchTlb = new FetchTlbEntry[FetchTlbSize];
    private ulong _satp;
    private ulong _supervisorEpoch = 1;
    private ulong _machineEpoch = 1;
    private bool _hasSuperpages;
    private int _dataContext;
    private bool _reportsMappings;

    /// <summary>The translations that have been reported; part of a snapshot.</summary>
    private readonly SeenMappings _mappings = new();

    /// <summary>Whether first uses of translations are reported. Those in use already are, with their next use.</summary>
    public bool ReportsMappings
    {
        get => _reportsMappings;
        set
        {
            if (_reportsMappings == value)
                return;
            _reportsMappings = value;
            _mappings.Clear();
            FlushTranslations();
        }
    }

    /// <summary>The mode that loads and stores are checked with.</summary>
    private PrivilegeMode DataMode =>
        Mode == PrivilegeMode.Machine && (_status & StatusBits.ModifyPrivilege) != 0 ? PreviousMode : Mode;

    private struct FetchTlbEntry
    {
        public ulong ContextTag;
        public ulong VirtualPage;
        public ulong Offset;
    }

    /// <summary>
    /// Points the fast paths at the TLBs of the current mode; to be called whenever the mode or a field that qualifies
    /// accesses changes.
    /// </summary>
    private void SelectContext()
    {
        PrivilegeMode dataMode = DataMode;
        int readable = (_status & StatusBits.MakeExecutableReadable) != 0 ? 1 : 0;
        int userMemory = (_status & StatusBits.SupervisorUserMemory) != 0 ? 1 : 0;
        _dataContext = dataMode switch
        {
            PrivilegeMode.Machine => 0,
            PrivilegeMode.Supervisor => 1 + userMemory + (readable * 2),
            _ => 5 + readable,
        };
        _state->LoadTlb = _tlb.Loads(_dataContext);
        _state->StoreTlb = _tlb.Stores(_dataContext);
        ulong epoch = Mode == PrivilegeMode.Machine ? _machineEpoch : _supervisorEpoch;
        _state->ContextTag = (epoch << 3) | (uint)Mode | (_singleStep ? SingleStepTag : 0);
    }

    private void FlushTranslations()
    {
        _tlb.FlushAll();
        _hasSuperpages = false;
        _supervisorEpoch++;
        SelectContext();
    }

    private void FlushTranslation(ulong virtualAddress)
    {
        // Entries cover 4 KiB each, so one address may stand for many entries of a superpage.
        if (_hasSuperpages)
        {
            FlushTranslations();
            return;
        }

        _tlb.FlushPage(virtualAddress);
        _supervisorEpoch++;
        SelectContext();
    }

    private void ProtectionChanged()
    {
        _machineEpoch++;
        FlushTranslations();
    }

    private bool TryTranslateFetch(ulong address, out ulong offset, out bool uniform)
    {
        ulong page = address & PageMask;
        ref FetchTlbEntry entry = ref _fetchTlb[(address >> 12) % FetchTlbSize];
        uniform = true;
        if (entry.ContextTag == _state->ContextTag && entry.VirtualPage == page)
        {
            offset = entry.Offset + (address & 0xFFF);
            return true;
        }

        offset = 0;
        if (!TryTranslate(address, MemoryAccessKind.Fetch, Mode, out ulong physical))
            return false;
        bool allowed = _protection.AllowsPage(physical & PageMask, MemoryAccessKind.Fetch, Mode, out uniform);
        if (!uniform)
            allowed = _protection.Allows(physical, 2, MemoryAccessKind.Fetch, Mode);
        if (!allowed || !_memory.TryGetOffset(physical, 2, out offset))
            return AccessFault(address, MemoryAccessKind.Fetch);
        if (uniform)
            entry = new FetchTlbEntry { ContextTag = _state->ContextTag, VirtualPage = page, Offset = offset & PageMask };
        return true;
    }

    /// <summary>Translates a data access within one page and checks it against the physical memory protection.</summary>
    private bool TryTranslateData(ulong address, int size, MemoryAccessKind kind, out ulong physical, out bool uniform)
    {
        uniform = true;
        PrivilegeMode mode = DataMode;
        if (!TryTranslate(address, kind, mode, out physical))
            return false;
        bool allowed = _protection.AllowsPage(physical & PageMask, kind, mode, out uniform);
        if (!uniform)
            allowed = _protection.Allows(physical, (ulong)size, kind, mode);
        return allowed || AccessFault(address, kind);
    }

    private bool TryTranslate(ulong address, MemoryAccessKind kind, PrivilegeMode mode, out ulong physical)
    {
        physical = address;
        return mode == PrivilegeMode.Machine || _satp == 0 || TryWalk(address, kind, mode, out physical);
    }

    /// <summary>Walks the Sv39 page table.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryWalk(ulong address, MemoryAccessKind kind, PrivilegeMode mode, out ulong physical)
    {
        physical = 0;
        if ((ulong)((long)(address << 25) >> 25) != address)
            return PageFault(address, kind);
        ulong table = (_satp & SatpPageMask) << 12;
        for (int level = 2; level >= 0; level--)
        {
            ulong index = (address >> (12 + (9 * level))) & 511;
            ulong location = table + (index * PageTableEntry.Size);
            if (!_protection.Allows(location, PageTableEntry.Size, MemoryAccessKind.Load, PrivilegeMode.Supervisor)
                || !_memory.TryGetOffset(location, PageTableEntry.Size, out ulong offset))
            {
                return AccessFault(address, kind);
            }

            ulong entry = *(ulong*)(_memory.Host + offset);
            if (!PageTableEntry.IsValid(entry))
            {
                if (_reportsMappings)
                    _mappings.Remove(_satp, address);
                return PageFault(address, kind);
            }

            if (PageTableEntry.IsLeaf(entry))
                return TryUseLeaf(address, kind, mode, level, entry, location, out physical);
            if (PageTableEntry.HasLeafOnlyBits(entry))
                return PageFault(address, kind);
            table = PageTableEntry.PhysicalPage(entry) << 12;
        }

        return PageFault(address, kind);
    }

    private bool TryUseLeaf(
        ulong address, MemoryAccessKind kind, PrivilegeMode mode, int level, ulong entry, ulong location, out ulong physical)
    {
        ulong offsetMask = PageTableEntry.PageSize(level) - 1;
        ulong page = PageTableEntry.PhysicalPage(entry) << 12;
        physical = page | (address & offsetMask);
        bool userMemory = (_status & StatusBits.SupervisorUserMemory) != 0;
        bool executableReadable = (_status & StatusBits.MakeExecutableReadable) != 0;
        if ((page & offsetMask) != 0 || !PageTableEntry.Permits(entry, kind, mode, userMemory, executableReadable))
            return PageFault(address, kind);
        bool writes = kind is MemoryAccessKind.Store or MemoryAccessKind.Atomic;
        ulong wanted = entry | PageTableEntry.Accessed | (writes ? PageTableEntry.Dirty : 0);
        if (wanted != entry)
        {
            if (!_protection.Allows(location, PageTableEntry.Size, MemoryAccessKind.Store, PrivilegeMode.Supervisor)
                || !_memory.TryGetOffset(location, PageTableEntry.Size, out ulong offset) || offset >= _memory.RamSize)
            {
                return AccessFault(address, kind);
            }

            // An entry that another hart has changed meanwhile counts as it is now.
            if (_sharing is null)
                _memory.TryWrite(location, new ReadOnlySpan<byte>(&wanted, PageTableEntry.Size));
            else if (!TryReplaceEntry(offset, entry, wanted))
                return TryWalk(address, kind, mode, out physical);
        }

        _hasSuperpages |= level > 0;
        if (_reportsMappings)
            ReportMapping(address & ~offsetMask, page, kind, level, entry);
        return true;
    }

    // To fetch through a page whose virtual address is the physical one is to go on with the code that switched translation on.
    private void ReportMapping(ulong virtualPage, ulong physicalPage, MemoryAccessKind kind, int level, ulong entry)
    {
        bool isIdentityFetch = kind == MemoryAccessKind.Fetch && virtualPage == physicalPage;
        if (!isIdentityFetch && _mappings.Add(_satp, virtualPage, entry, level))
            _events.MemoryMapped(virtualPage, physicalPage, (uint)PageTableEntry.PageSize(level), PageTableEntry.Permissions(entry));
    }

    private bool PageFault(ulong address, MemoryAccessKind kind)
    {
        SetPending(
            kind switch
            {
                MemoryAccessKind.Fetch => TrapCause.InstructionPageFault,
                MemoryAccessKind.Load => TrapCause.LoadPageFault,
                _ => TrapCause.StorePageFault,
            },
            address,
            kind);
        return false;
    }

    private bool AccessFault(ulong address, MemoryAccessKind kind)
    {
        SetPending(
            kind switch
            {
                MemoryAccessKind.Fetch => TrapCause.InstructionAccessFault,
                MemoryAccessKind.Load => TrapCause.LoadAccessFault,
                _ => TrapCause.StoreAccessFault,
            },
            address,
            kind);
        return false;
    }
}
