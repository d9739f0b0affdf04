using System.Buffers.Binary;

namespace Engine.Bench.Embed;

/// <summary>
/// A small interpreter as many are written: fetch, decode by a switch, execute, and a look for events after every instruction. It knows as
/// much of RV32I as <see cref="Rv32Program"/> uses. It stands for an emulator that an author embeds the engine in; the project's own
/// machine is another, which looks once per block.
/// </summary>
/// <typeparam name="THook">What is done for events.</typeparam>
internal sealed class Rv32Interpreter<THook>
    where THook : struct, IEmulatorHook
{
    private const int MemorySize = 0x2000;

    private readonly byte[] _memory = new byte[MemorySize];
    private readonly uint[] _registers = new uint[32];
#pragma warning disable IDE0044 // A hook may be a struct that keeps something: a readonly field would call a copy.
    private THook _hook;
#pragma warning restore IDE0044
    private uint _pc;

    public Rv32Interpreter(THook hook)
    {
        _hook = hook;
        for (int i = 0; i < Rv32Program.Instructions.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(_memory.AsSpan(i * 4), Rv32Program.Instructions[i]);
    }

    /// <summary>What the program has computed: the same in every variant.</summary>
    public uint Sum => _registers[10];

    /// <summary>Runs from where it is.</summary>
    /// <param name="instructions">Instructions to retire.</param>
    public void Run(long instructions)
    {
        for (long i = 0; i < instructions; i++)
            Step();
        _hook.Ended();
    }

    private void Step()
    {
        uint pc = _pc;
        uint encoding = Read(pc);
        uint next = pc + 4;
        switch (encoding & 0x7F)
        {
            case 0x37:
                Write(encoding, encoding & 0xFFFF_F000);
                break;
            case 0x13:
                Write(encoding, OperateImmediate(encoding, Left(encoding), (uint)((int)encoding >> 20)));
                break;
            case 0x33:
                Write(encoding, Operate(encoding, Left(encoding), Right(encoding)));
                break;
            case 0x03:
                Write(encoding, Read(Left(encoding) + (uint)((int)encoding >> 20)));
                break;
            case 0x23:
                uint offset = (uint)(((int)encoding >> 25) << 5) | ((encoding >> 7) & 31);
                BinaryPrimitives.WriteUInt32LittleEndian(_memory.AsSpan((int)(Left(encoding) + offset)), Right(encoding));
                break;
            case 0x63:
                if (Left(encoding) < Right(encoding))
                    next = pc + BranchOffset(encoding);
                break;
            case 0x6F:
                Write(encoding, next);
                next = pc + JumpOffset(encoding);
                break;
            case 0x73:
                _hook.Trapped(pc);
                break;
            default:
                ThrowUnknown(encoding);
                break;
        }

        _pc = next;
        _hook.Retired(pc, encoding);
    }

    private static uint OperateImmediate(uint encoding, uint left, uint right) => ((encoding >> 12) & 7) switch
    {
        0 => left + right,
        1 => left << (int)(right & 31),
        5 => left >> (int)(right & 31),
        _ => ThrowUnknown(encoding),
    };

    private static uint Operate(uint encoding, uint left, uint right) => ((encoding >> 12) & 7) switch
    {
        4 => left ^ right,
        6 => left | right,
        _ => ThrowUnknown(encoding),
    };

    private static uint BranchOffset(uint encoding) =>
        (uint)(((int)encoding >> 31) << 12) | (((encoding >> 7) & 1) << 11)
        | (((encoding >> 25) & 0x3F) << 5) | (((encoding >> 8) & 0xF) << 1);

    private static uint JumpOffset(uint encoding) =>
        (uint)(((int)encoding >> 31) << 20) | (((encoding >> 12) & 0xFF) << 12) | (((encoding >> 20) & 1) << 11)
        | (((encoding >> 21) & 0x3FF) << 1);

    private static uint ThrowUnknown(uint encoding) =>
        throw new InvalidOperationException($"Not an instruction of the program: {encoding:x8}.");

    private uint Left(uint encoding) => _registers[(encoding >> 15) & 31];

    private uint Right(uint encoding) => _registers[(encoding >> 20) & 31];

    private uint Read(uint address) => BinaryPrimitives.ReadUInt32LittleEndian(_memory.AsSpan((int)address));

    private void Write(uint encoding, uint value)
    {
        uint register = (encoding >> 7) & 31;
        if (register != 0)
            _registers[register] = value;
    }
}
