using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.FloatingPoint;

/// <summary>A machine that executes single floating-point instructions, with mstatus.FS at Initial before each.</summary>
internal sealed class FloatMachine : IDisposable
{
    public const int Fflags = 1;
    public const int Frm = 2;
    public const int Fcsr = 3;
    public const int Mstatus = 0x300;
    public const ulong StateInitial = 1UL << 13;
    public const ulong StateMask = 3UL << 13;
    public const ulong BoxOfSingle = 0xFFFF_FFFF_0000_0000;

    public FloatMachine(params uint[] program)
    {
        Machine = new TestMachine(program);
        Machine.SetCsr(Mstatus, StateInitial);
    }

    public TestMachine Machine { get; }

    public int Flags
    {
        get => (int)Machine.Csr(Fflags);
        set => Machine.SetCsr(Fflags, (ulong)value);
    }

    /// <summary>Executes one instruction of the program.</summary>
    public void Execute(int index)
    {
        Machine.Machine.Pc = TestMachine.Code + (ulong)(4 * index);
        Machine.Run(1);
    }

    public void Dispose() => Machine.Dispose();
}
