using System.Runtime.InteropServices;
using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// One RV64GC hart with machine, supervisor and user mode. It runs on one thread at a time; everything but
/// <see cref="RequestStop"/> belongs to that thread.
/// </summary>
internal sealed unsafe partial class Hart : IInterruptLines, IDisposable
{
    private const int JumpCacheSize = 4096;
    private const int StopBit = 1;

    private readonly GuestMemory _memory;
    private readonly MmioBus _bus;
    private readonly IMachineClock _clock;
    private readonly MachineEvents _events;
    private readonly PhysicalMemoryProtection _protection = new();
    private readonly DataTlb _tlb = new();
    private readonly BlockCache _blocks;
    private readonly BlockBuilder _builder;
    private readonly BlockBuilder _truncator;
    private readonly HartState* _state;
    private readonly Block* _noBlock;
    private bool _disposed;

    /// <summary>Creates a hart in its reset state.</summary>
    /// <param name="memory">Guest memory.</param>
    /// <param name="bus">The devices.</param>
    /// <param name="clock">The time the hart sees.</param>
    /// <param name="events">What it publishes to.</param>
    /// <param name="number">Its mhartid.</param>
    /// <param name="sharing">What it shares with harts that run at the same time on other threads; null where none does.</param>
    public Hart(
        GuestMemory memory, MmioBus bus, IMachineClock clock, MachineEvents events, int number = 0, MemorySharing? sharing = null)
    {
        Number = number;
        _sharing = sharing;
        _memory = memory;
        _bus = bus;
        _clock = clock;
        _events = events;
        _blocks = new BlockCache(memory, number, sharing) { FrameGotCode = FlushStoresTo };
        _builder = new BlockBuilder(memory) { KeepsFences = sharing is not null };
        _truncator = new BlockBuilder(memory);
        _steps = new BlockSteps(_blocks);
        _state = (HartState*)NativeMemory.AlignedAlloc((nuint)sizeof(HartState), 64);
        *_state = default;
        _noBlock = (Block*)NativeMemory.AllocZeroed((nuint)sizeof(Block));
        _noBlock->Pc = ulong.MaxValue;
        _state->JumpCache = (Block**)NativeMemory.Alloc(JumpCacheSize, (nuint)sizeof(Block*));
        ClearJumpCache();
        _state->Pc = GuestMemory.RomBase;
        SelectContext();
    }

    ~Hart() => Free();

    /// <summary>Its mhartid.</summary>
    public int Number { get; }

    /// <summary>Instructions retired since the machine was created; guests cannot write this count.</summary>
    public ulong Retired => _state->SliceEnd - (ulong)_state->Remaining - (ulong)_state->NotRetired;

    /// <summary>Instructions the hart could have retired while it waited for interrupts.</summary>
    public ulong Waited { get; set; }

    /// <summary>The hart's own time: instructions retired, and those it could have retired while it waited.</summary>
    public ulong Cycles => Retired + Waited;

    /// <summary>The hart's time goes on while it waits.</summary>
    public void Wait(ulong cycles)
    {
        Calls?.Observer?.Waited(cycles);
        Waited += cycles;
    }

    /// <summary>Guest address of the next instruction.</summary>
    public ulong Pc
    {
        get => _state->Pc;
        set => _state->Pc = value;
    }

    /// <summary>The current privilege mode.</summary>
    public PrivilegeMode Mode { get; private set; } = PrivilegeMode.Machine;

    /// <summary>Whether a WFI waits for an interrupt.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Counts of traps and faults.</summary>
    public TrapStatistics Statistics { get; } = new();

    /// <summary>Why a block that ends at the end of the slice ends there.</summary>
    public BlockExitReason SliceEndReason { get; set; }

    /// <summary>Reads a register.</summary>
    public ulong GetRegister(int index) => _state->X[index];

    /// <summary>Writes a register; writes to x0 are ignored.</summary>
    public void SetRegister(int index, ulong value)
    {
        if (index != 0)
            _state->X[index] = value;
    }

    /// <summary>Makes the run end before the next block; may be called from any thread.</summary>
    public void RequestStop() => Interlocked.Or(ref _state->StopRequested, StopBit);

    /// <summary>Takes back <see cref="RequestStop"/>; true when a stop had been requested.</summary>
    public bool TakeStopRequest() => (Interlocked.And(ref _state->StopRequested, ~StopBit) & StopBit) != 0;

    /// <summary>
    /// Goes on after an exception of the host's own left an instruction in the middle: it has not retired, and is done again.
    /// </summary>
    public void Resume()
    {
        _state->Remaining += _state->NotRetired;
        _state->NotRetired = 0;
    }

    /// <summary>Sets the instruction count at which the next slice ends.</summary>
    public void SetSliceEnd(ulong retired)
    {
        ulong now = Retired;
        _state->SliceEnd = retired;
        _state->Remaining = (long)(retired - now);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        _blocks.Dispose();
        _builder.Dispose();
        _truncator.Dispose();
        _steps.Dispose();
        _tlb.Dispose();
        GC.SuppressFinalize(this);
    }

    private void ClearJumpCache()
    {
        for (int index = 0; index < JumpCacheSize; index++)
            _state->JumpCache[index] = _noBlock;
    }

    /// <summary>A device or the host wrote to memory: offset and length in host memory.</summary>
    public void OnExternalWrite(ulong offset, ulong size)
    {
        _blocks.Written(offset, size);
        if (_reservation - offset < size)
            _reservation = NoReservation;
    }

    private void Free()
    {
        if (_disposed)
            return;
        _disposed = true;
        NativeMemory.Free(_state->JumpCache);
        NativeMemory.Free(_noBlock);
        NativeMemory.AlignedFree(_state);
    }
}
