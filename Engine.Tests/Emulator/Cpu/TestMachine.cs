using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Engine.Emulator;
using Engine.Events.Vm;
using Engine.Hosting;

namespace Engine.Tests.Emulator.Cpu;

/// <summary>A machine with a program at the start of RAM and a trap vector that spins.</summary>
internal sealed class TestMachine : IDisposable
{
    /// <summary>Where the program lies.</summary>
    public const ulong Code = 0x8000_0000;

    /// <summary>A page of its own for data.</summary>
    public const ulong Data = 0x8000_4000;

    /// <summary>Where machine-mode traps go: a jump to itself.</summary>
    public const ulong MachineVector = 0x8000_3000;

    /// <summary>Where supervisor-mode traps go: a jump to itself.</summary>
    public const ulong SupervisorVector = 0x8000_3100;

    public TestMachine(uint[] program, EventEngine? engine = null, MachineOptions? options = null)
    {
        Machine = new Machine(options ?? new MachineOptions { RamSize = 1 << 20 }, engine);
        Write(Code, program);
        Write(MachineVector, [Asm.Spin]);
        Write(SupervisorVector, [Asm.Spin]);
        Machine.Pc = Code;
        Hart.WriteCsr(CsrMtvec, MachineVector);
        Hart.WriteCsr(CsrStvec, SupervisorVector);
    }

    public Machine Machine { get; }

    public Engine.Emulator.Cpu.Hart Hart => Machine.Hart;

    public ulong this[int register]
    {
        get => Machine.GetRegister(register);
        set => Machine.SetRegister(register, value);
    }

    private const int CsrMtvec = 0x305;
    private const int CsrStvec = 0x105;

    public void Write(ulong address, uint[] words) =>
        Assert.That(Machine.Memory.TryWrite(address, MemoryMarshal.AsBytes<uint>(words)), Is.True);

    public void Write(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Assert.That(Machine.Memory.TryWrite(address, bytes), Is.True);
    }

    public ulong Read(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        Assert.That(Machine.Memory.TryRead(address, bytes), Is.True);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Retires exactly so many instructions.</summary>
    public TestMachine Run(ulong instructions)
    {
        MachineRunResult result = Machine.Run(instructions);
        Assert.That(result.Reason, Is.EqualTo(VCpuExitReason.InstructionBudget));
        Assert.That(result.RetiredInstructions, Is.EqualTo(instructions));
        return this;
    }

    public ulong Csr(int number) => Hart.ReadCsr(number);

    public void SetCsr(int number, ulong value) => Hart.WriteCsr(number, value);

    /// <summary>Lets supervisor and user mode access all memory.</summary>
    public void OpenProtection()
    {
        SetCsr(0x3B0, ulong.MaxValue);
        SetCsr(0x3A0, 0x1F);
    }

    /// <summary>Continues at the program in another mode.</summary>
    public void Enter(PrivilegeMode mode)
    {
        OpenProtection();
        Hart.SetMode(mode);
    }

    public void Dispose() => Machine.Dispose();
}
