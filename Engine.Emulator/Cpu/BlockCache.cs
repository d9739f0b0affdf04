using System.Runtime.InteropServices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// The decoded blocks, found by guest pc, physical location and flavour. A write to a 64-byte line that holds
/// decoded code drops all blocks of its frame, so blocks never disagree with memory.
/// </summary>
internal sealed unsafe partial class BlockCache : IDisposable
{
    private const nuint ArenaSize = 64 << 20;
    private const nuint ArenaReserve = 64 << 10;
    private const int BucketCount = 1 << 16;
    private const int LineShift = 6;

    private readonly GuestMemory _memory;
    private readonly ushort _hasCode;
    private readonly BlockArena _arena = new(ArenaSize);
    private readonly Block** _buckets;
    private readonly Block** _frames;
    private readonly ulong* _codeLines;
    private readonly List<nint> _straddling = [];
    private bool _disposed;

    public BlockCache(GuestMemory memory, int hart, MemorySharing? sharing = null)
    {
        _memory = memory;
        _hasCode = FrameFlag.HasCode(hart);
        _hart = hart;
        _sharing = sharing;
        _buckets = (Block**)NativeMemory.AllocZeroed(BucketCount, (nuint)sizeof(Block*));
        _frames = (Block**)NativeMemory.AllocZeroed(memory.FrameCount, (nuint)sizeof(Block*));
        _codeLines = (ulong*)NativeMemory.AllocZeroed(memory.FrameCount, sizeof(ulong));
    }

    ~BlockCache() => Free();

    /// <summary>Called before the first block of a frame is decoded: stores to the frame must be noticed from now on.</summary>
    public Action<ulong>? FrameGotCode { get; set; }

    /// <summary>Whether the cache has to be cleared before the next block is added.</summary>
    public bool IsFull => !_arena.HasRoom(ArenaReserve);

    /// <summary>Finds a block, or returns null.</summary>
    public Block* Find(ulong pc, ulong memoryOffset, uint secondFrame, uint flavour)
    {
        Block* block = _buckets[Hash(pc, memoryOffset)];
        while (block != null)
        {
            if (block->Pc == pc && block->MemoryOffset == memoryOffset
                && block->SecondFrame == secondFrame && block->Flavour == flavour)
            {
                return block;
            }

            block = block->NextInBucket;
        }

        return null;
    }

    /// <summary>Says that a frame is about to be decoded from; to be called before its bytes are read.</summary>
    public void Announce(ulong frame)
    {
        if (_memory.HasFrameFlag(frame, _hasCode))
            return;
        _memory.SetFrameFlag(frame, _hasCode);
        FrameGotCode?.Invoke(frame);
        if (_sharing is not null)
            Remember(frame);
    }

    /// <summary>Copies a freshly decoded block into the cache. Its frames have been announced.</summary>
    public Block* Add(Block* source)
    {
        nuint size = (nuint)sizeof(Block) + ((source->Count + 1) * (nuint)sizeof(MicroOp));
        var block = (Block*)_arena.Allocate(size);
        NativeMemory.Copy(source, block, size);
        Block** bucket = _buckets + Hash(block->Pc, block->MemoryOffset);
        block->NextInBucket = *bucket;
        *bucket = block;
        ulong frame = block->MemoryOffset >> GuestMemory.FrameShift;
        block->NextInFrame = _frames[frame];
        _frames[frame] = block;
        ulong offset = block->MemoryOffset % GuestMemory.FrameSize;
        MarkCode(frame, offset, Math.Min(block->ByteLength, GuestMemory.FrameSize - offset));
        if (block->Straddles)
        {
            _straddling.Add((nint)block);
            MarkCode(block->SecondFrame, 0, 2);
        }

        return block;
    }

    /// <summary>Allocates the instruction events of a block.</summary>
    public InstructionRetired* AllocateTemplate(uint count) =>
        (InstructionRetired*)Allocate(count * (nuint)sizeof(InstructionRetired));

    /// <summary>Allocates what is kept with a block, and as long as it.</summary>
    public byte* Allocate(nuint size) => (byte*)_arena.Allocate(size);

    /// <summary>Tells the cache that host memory was written; true when blocks were dropped.</summary>
    public bool Written(ulong memoryOffset, ulong size)
    {
        bool dropped = false;
        ulong end = memoryOffset + size;
        while (memoryOffset < end)
        {
            ulong frame = memoryOffset >> GuestMemory.FrameShift;
            ulong offset = memoryOffset % GuestMemory.FrameSize;
            ulong length = Math.Min(end - memoryOffset, GuestMemory.FrameSize - offset);
            if ((_codeLines[frame] & LineMask(offset, length)) != 0)
            {
                DropFrame(frame);
                dropped = true;
            }

            memoryOffset += length;
        }

        return dropped;
    }

    /// <summary>Drops every block. No block may be running, and no pointer to one may be kept.</summary>
    public void Clear()
    {
        new Span<nint>(_buckets, BucketCount).Clear();
        for (uint frame = 0; frame < _memory.FrameCount; frame++)
        {
            if (!_memory.HasFrameFlag(frame, _hasCode))
                continue;
            _frames[frame] = null;
            Unmark(frame);
        }

        _straddling.Clear();
        _shared.Clear();
        _arena.Reset();
    }

    public void Dispose()
    {
        Free();
        _arena.Dispose();
        GC.SuppressFinalize(this);
    }

    private static ulong Hash(ulong pc, ulong memoryOffset)
    {
        ulong mixed = ((pc >> 1) ^ (memoryOffset << 7)) * 0x9E37_79B9_7F4A_7C15;
        return mixed >> (64 - 16);
    }

    private static ulong LineMask(ulong offset, ulong length)
    {
        int first = (int)(offset >> LineShift);
        int last = (int)((offset + length - 1) >> LineShift);
        return (ulong.MaxValue << first) & (ulong.MaxValue >> (63 - last));
    }

    private void MarkCode(ulong frame, ulong offset, ulong length) => _codeLines[frame] |= LineMask(offset, length);

    private void Unmark(ulong frame)
    {
        _codeLines[frame] = 0;
        _memory.ClearFrameFlag(frame, _hasCode);
    }

    private void DropFrame(ulong frame)
    {
        DropBlocksOf(frame);
        Unmark(frame);
    }

    private void DropBlocksOf(ulong frame)
    {
        for (Block* block = _frames[frame]; block != null; block = block->NextInFrame)
            Unlink(block);
        _frames[frame] = null;

        // A straddling block of the frame before stays in that frame's list, dead, until the frame is dropped.
        for (int index = _straddling.Count - 1; index >= 0; index--)
        {
            var block = (Block*)_straddling[index];
            if (block->SecondFrame == frame)
                Unlink(block);
            if (block->ContextTag == 0)
                _straddling.RemoveAt(index);
        }
    }

    private void Unlink(Block* block)
    {
        block->ContextTag = 0;
        Block** link = _buckets + Hash(block->Pc, block->MemoryOffset);
        while (*link != null)
        {
            if (*link == block)
            {
                *link = block->NextInBucket;
                return;
            }

            link = &(*link)->NextInBucket;
        }
    }

    private void Free()
    {
        if (_disposed)
            return;
        _disposed = true;
        NativeMemory.Free(_buckets);
        NativeMemory.Free(_frames);
        NativeMemory.Free(_codeLines);
    }
}
