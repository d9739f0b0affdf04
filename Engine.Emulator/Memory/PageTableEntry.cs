using Engine.Events.Vm;

namespace Engine.Emulator.Memory;

/// <summary>The fields and rules of an Sv39 page-table entry.</summary>
internal static class PageTableEntry
{
    /// <summary>Bytes of an entry.</summary>
    public const int Size = 8;

    /// <summary>Levels of a page table; level 0 is that of the smallest pages.</summary>
    public const int Levels = 3;

    public const ulong Valid = 1;
    public const ulong Read = 2;
    public const ulong Write = 4;
    public const ulong Execute = 8;
    public const ulong User = 16;
    public const ulong Accessed = 64;
    public const ulong Dirty = 128;

    // Svnapot and Svpbmt are not implemented, so their bits are reserved as well.
    private const ulong Reserved = 0x3FFUL << 54;

    /// <summary>Whether the entry is valid and uses no reserved encoding.</summary>
    public static bool IsValid(ulong entry) =>
        (entry & Valid) != 0 && (entry & (Read | Write)) != Write && (entry & Reserved) == 0;

    /// <summary>Whether the entry maps a page and does not lead to another table.</summary>
    public static bool IsLeaf(ulong entry) => (entry & (Read | Execute)) != 0;

    /// <summary>Whether a bit is set that is reserved in an entry leading to another table.</summary>
    public static bool HasLeafOnlyBits(ulong entry) => (entry & (Accessed | Dirty | User)) != 0;

    /// <summary>Bytes that a leaf of a level maps.</summary>
    public static ulong PageSize(int level) => 0x1000UL << (9 * level);

    /// <summary>The physical page number.</summary>
    public static ulong PhysicalPage(ulong entry) => (entry >> 10) & ((1UL << 44) - 1);

    /// <summary>Read 1, write 2, execute 4, user 8.</summary>
    public static uint Permissions(ulong entry) => (uint)(entry >> 1) & 15;

    /// <summary>Whether a leaf permits an access.</summary>
    public static bool Permits(ulong entry, MemoryAccessKind kind, PrivilegeMode mode, bool supervisorUserMemory, bool executableReadable)
    {
        bool isUserPage = (entry & User) != 0;
        bool modeMatches = mode == PrivilegeMode.User
            ? isUserPage
            : !isUserPage || (supervisorUserMemory && kind != MemoryAccessKind.Fetch);
        if (!modeMatches)
            return false;
        return kind switch
        {
            MemoryAccessKind.Fetch => (entry & Execute) != 0,
            MemoryAccessKind.Load => (entry & (executableReadable ? Read | Execute : Read)) != 0,
            _ => (entry & Write) != 0,
        };
    }
}
