using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Engine.Emulator;
using Engine.Emulator.Memory;
using Engine.Hosting;
using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.Harts;

/// <summary>
/// Several harts that for ever add to one word, atomically, store to a word of their own, and call machine mode, which counts the calls of
/// all in a second word.
/// </summary>
internal sealed class CallingHarts : IDisposable
{
    /// <summary>Where each hart adds 1 to the common word.</summary>
    public const ulong Adding = GuestMemory.RamBase + (9 * 4);

    /// <summary>Where each hart calls.</summary>
    public const ulong Calling = Adding + (2 * 4);

    private const ulong Data = GuestMemory.RamBase + 0x4000;
    private const int CsrMtvec = 0x305;
    private const int CsrMepc = 0x341;
    private const int CsrMhartid = 0xF14;

    private static readonly uint[] Program =
    [
        Asm.Auipc(1, 0),
        Asm.Addi(2, 1, 0x100),
        Asm.Csrrw(0, CsrMtvec, 2),
        Asm.Auipc(3, 4),
        Asm.Addi(3, 3, -12),
        Asm.Csrrs(5, CsrMhartid, 0),
        Asm.Slli(5, 5, 3),
        Asm.Add(5, 5, 3),
        Asm.Addi(4, 0, 1),
        Asm.Amo(0, 2, 0, 3, 4),
        Asm.Sd(6, 5, 64),
        Asm.Ecall,
        Asm.Addi(6, 6, 1),
        Asm.Jal(0, -16),
    ];

    private static readonly uint[] Handler =
    [
        Asm.Addi(8, 3, 8),
        Asm.Amo(0, 2, 0, 8, 4),
        Asm.Csrrs(7, CsrMepc, 0),
        Asm.Addi(7, 7, 4),
        Asm.Csrrw(0, CsrMepc, 7),
        Asm.Mret,
    ];

    public CallingHarts(int harts, HartScheduling scheduling, EventEngine? engine = null)
    {
        Machine = new Machine(
            new MachineOptions { RamSize = 1 << 20, HartCount = harts, Scheduling = scheduling, TurnInstructions = 97 }, engine);
        Machine.Memory.TryWrite(GuestMemory.RamBase, MemoryMarshal.AsBytes<uint>(Program));
        Machine.Memory.TryWrite(GuestMemory.RamBase + 0x100, MemoryMarshal.AsBytes<uint>(Handler));
        Machine.SetBoot(GuestMemory.RamBase);
    }

    public Machine Machine { get; }

    /// <summary>How often all harts have added.</summary>
    public uint Added => Word(Data);

    /// <summary>How many calls have come to machine mode.</summary>
    public uint Called => Word(Data + 8);

    public void Dispose() => Machine.Dispose();

    private uint Word(ulong address)
    {
        Span<byte> bytes = stackalloc byte[4];
        Assert.That(Machine.Memory.TryRead(address, bytes), Is.True);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
