using Engine.Events.Vm;

namespace Engine.Emulator.Memory;

/// <summary>RISC-V physical memory protection with 16 entries and a granularity of 4 bytes.</summary>
internal sealed class PhysicalMemoryProtection
{
    /// <summary>Number of entries.</summary>
    public const int EntryCount = 16;

    private const byte Locked = 0x80;
    private const byte ModeMask = 0x18;
    private const byte ModeTor = 0x08;
    private const byte ModeNa4 = 0x10;
    private const byte ModeNapot = 0x18;
    private const ulong AddressMask = (1UL << 54) - 1;

    private readonly byte[] _configurations = new byte[EntryCount];
    private readonly ulong[] _addresses = new ulong[EntryCount];

    // Bounds in units of 4 bytes; an entry that is off has first > last.
    private readonly ulong[] _first = new ulong[EntryCount];
    private readonly ulong[] _last = new ulong[EntryCount];
    private int _activeCount;

    public PhysicalMemoryProtection() => Recompute();

    /// <summary>Reads pmpcfg<paramref name="register"/> (even numbers only).</summary>
    public ulong ReadConfiguration(int register)
    {
        ulong value = 0;
        for (int index = 7; index >= 0; index--)
        {
            int entry = (register * 4) + index;
            value = (value << 8) | (entry < EntryCount ? _configurations[entry] : 0UL);
        }

        return value;
    }

    /// <summary>Writes pmpcfg<paramref name="register"/>; locked entries and reserved combinations keep their value.</summary>
    public void WriteConfiguration(int register, ulong value)
    {
        for (int index = 0; index < 8; index++)
        {
            int entry = (register * 4) + index;
            var wanted = (byte)((value >> (index * 8)) & 0x9F);
            bool reserved = (wanted & 3) == 2;
            if (entry < EntryCount && (_configurations[entry] & Locked) == 0 && !reserved)
                _configurations[entry] = wanted;
        }

        Recompute();
    }

    /// <summary>Reads pmpaddr<paramref name="entry"/>.</summary>
    public ulong ReadAddress(int entry) => entry < EntryCount ? _addresses[entry] : 0;

    /// <summary>Writes pmpaddr<paramref name="entry"/>, unless it is locked or the base of a locked range.</summary>
    public void WriteAddress(int entry, ulong value)
    {
        if (entry >= EntryCount || (_configurations[entry] & Locked) != 0)
            return;
        bool basesLockedRange = entry + 1 < EntryCount
            && (_configurations[entry + 1] & (Locked | ModeMask)) == (Locked | ModeTor);
        if (basesLockedRange)
            return;
        _addresses[entry] = value & AddressMask;
        Recompute();
    }

    /// <summary>Whether an access is allowed.</summary>
    public bool Allows(ulong address, ulong size, MemoryAccessKind kind, PrivilegeMode mode) =>
        Check(address, size, kind, mode, out _);

    /// <summary>
    /// Whether an access to a whole page is allowed; <paramref name="uniform"/> is false when an entry covers only a part
    /// of the page.
    /// </summary>
    public bool AllowsPage(ulong pageAddress, MemoryAccessKind kind, PrivilegeMode mode, out bool uniform) =>
        Check(pageAddress, GuestMemory.FrameSize, kind, mode, out uniform);

    public void Save(BinaryWriter writer)
    {
        writer.Write(_configurations);
        foreach (ulong address in _addresses)
            writer.Write(address);
    }

    public void Restore(BinaryReader reader)
    {
        reader.ReadExactly(_configurations);
        for (int entry = 0; entry < EntryCount; entry++)
            _addresses[entry] = reader.ReadUInt64();
        Recompute();
    }

    private bool Check(ulong address, ulong size, MemoryAccessKind kind, PrivilegeMode mode, out bool uniform)
    {
        uniform = true;
        ulong first = address >> 2;
        ulong last = (address + size - 1) >> 2;
        for (int entry = 0; entry < _activeCount; entry++)
        {
            if (last < _first[entry] || first > _last[entry] || _first[entry] > _last[entry])
                continue;
            if (first < _first[entry] || last > _last[entry])
            {
                uniform = false;
                return false;
            }

            byte configuration = _configurations[entry];
            return (mode == PrivilegeMode.Machine && (configuration & Locked) == 0)
                || (configuration & RequiredPermissions(kind)) == RequiredPermissions(kind);
        }

        return mode == PrivilegeMode.Machine;
    }

    private static int RequiredPermissions(MemoryAccessKind kind) => kind switch
    {
        MemoryAccessKind.Load => 1,
        MemoryAccessKind.Store => 2,
        MemoryAccessKind.Atomic => 3,
        _ => 4,
    };

    private void Recompute()
    {
        _activeCount = 0;
        for (int entry = 0; entry < EntryCount; entry++)
        {
            ulong address = _addresses[entry];
            (_first[entry], _last[entry]) = (_configurations[entry] & ModeMask) switch
            {
                ModeTor => Range(entry == 0 ? 0 : _addresses[entry - 1], address),
                ModeNa4 => (address, address),
                ModeNapot => (address & (address + 1), address | (address ^ (address + 1))),
                _ => (1UL, 0UL),
            };
            if (_first[entry] <= _last[entry])
                _activeCount = entry + 1;
        }

        static (ulong First, ulong Last) Range(ulong from, ulong end) => from >= end ? (1, 0) : (from, end - 1);
    }
}
