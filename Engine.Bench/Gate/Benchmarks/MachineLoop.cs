using System.Runtime.InteropServices;
using Engine.Emulator;
using Engine.Emulator.Memory;
using Engine.Hosting;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// A machine that runs an endless loop: it hashes a table in place, with loads, stores, arithmetic, a multiplication,
/// calls and branches. Every run begins with the same registers and the same table. Branches follow a short pattern: what a
/// branch predictor learns of a long one differs from process to process, and with it the time by 15 %.
/// </summary>
internal sealed class MachineLoop : IDisposable
{
    public const ulong RamSize = 1 << 20;

    private const ulong Code = GuestMemory.RamBase;
    private const ulong Table = GuestMemory.RamBase + 0x1_0000;
    private const int TableBytes = 4096;
    private const ulong HashFactor = 0x9E37_79B9_7F4A_7C15;

    // Register numbers: s0 = table, s1 = offset, s2 = hash, s3 = end of the table, s4 = count, s5 = factor, s6 = rounds.
    private static readonly uint[] Program =
    [
        0x0094_02B3, // loop: add  t0, s0, s1
        0x0002_B303, //       ld   t1, 0(t0)
        0x0069_4933, //       xor  s2, s2, t1
        0x00D9_1393, //       slli t2, s2, 13
        0x0079_5E13, //       srli t3, s2, 7
        0x01C3_C3B3, //       xor  t2, t2, t3
        0x0079_0933, //       add  s2, s2, t2
        0x0084_FE93, //       andi t4, s1, 8
        0x000E_8463, //       beqz t4, store
        0x0240_00EF, //       jal  ra, mix
        0x0122_B023, // store: sd  s2, 0(t0)
        0x0032_CF03, //       lbu  t5, 3(t0)
        0x01EA_0A33, //       add  s4, s4, t5
        0x0084_8493, //       addi s1, s1, 8
        0xFD34_C4E3, //       blt  s1, s3, loop
        0x0000_0493, //       li   s1, 0
        0x001B_0B13, //       addi s6, s6, 1
        0xFBDF_F06F, //       j    loop
        0x0359_0FB3, // mix:  mul  t6, s2, s5
        0x01F9_4933, //       xor  s2, s2, t6
        0x001A_0A13, //       addi s4, s4, 1
        0x0000_8067, //       ret
    ];

    private readonly byte[] _table = new byte[TableBytes];
    private readonly Machine _machine;

    public MachineLoop(EventEngine? engine)
    {
        for (int i = 0; i < _table.Length; i++)
            _table[i] = (byte)(i * 31);
        _machine = new Machine(new MachineOptions { RamSize = RamSize }, engine);
        Write(Code, MemoryMarshal.AsBytes<uint>(Program));
    }

    /// <summary>The hash over all the loop has read.</summary>
    public ulong Hash => _machine.GetRegister(18);

    /// <summary>Sets registers and table to where every run begins.</summary>
    public void Reset()
    {
        Write(Table, _table);
        ReadOnlySpan<(int Register, ulong Value)> values =
            [(8, Table), (9, 0), (18, 1), (19, TableBytes), (20, 0), (21, HashFactor), (22, 0)];
        foreach ((int register, ulong value) in values)
            _machine.SetRegister(register, value);
        _machine.Pc = Code;
    }

    /// <summary>Runs the loop; returns how many instructions were retired.</summary>
    public ulong Run(int instructions) => _machine.Run((ulong)instructions).RetiredInstructions;

    public void Dispose() => _machine.Dispose();

    private void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (!_machine.Memory.TryWrite(address, bytes))
            throw new InvalidOperationException($"The machine has no RAM for {bytes.Length} bytes at 0x{address:x}.");
    }
}
