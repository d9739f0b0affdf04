using System.Buffers.Binary;
using Engine.Emulator.Memory;

namespace Engine.Emulator;

public sealed partial class Machine
{
    private const uint FirmwareInfoMagic = 0x4942_534F;
    private const ulong FirmwareInfoVersion = 2;
    private const ulong SupervisorMode = 1;

    /// <summary>
    /// Fills the boot ROM as QEMU does: a0 = hart number, a1 = device tree, a2 = description of the next stage
    /// for firmware of the fw_dynamic kind, then a jump to the entry.
    /// </summary>
    /// <param name="entry">Physical address of the first instruction of the guest.</param>
    /// <param name="deviceTree">Physical address of the device tree, or 0.</param>
    /// <param name="nextStage">Physical address of a kernel that firmware is to start in supervisor mode, or 0.</param>
    public void SetBoot(ulong entry, ulong deviceTree = 0, ulong nextStage = 0)
    {
        ReadOnlySpan<uint> code =
        [
            0x0000_0297, // auipc t0, 0
            0x0282_8613, // addi a2, t0, 40
            0xF140_2573, // csrr a0, mhartid
            0x0202_B583, // ld a1, 32(t0)
            0x0182_B283, // ld t0, 24(t0)
            0x0002_8067, // jr t0
        ];
        ReadOnlySpan<ulong> data =
            [entry, deviceTree, FirmwareInfoMagic, FirmwareInfoVersion, nextStage, SupervisorMode, 0, 0];
        Span<byte> rom = stackalloc byte[(code.Length * sizeof(uint)) + (data.Length * sizeof(ulong))];
        for (int index = 0; index < code.Length; index++)
            BinaryPrimitives.WriteUInt32LittleEndian(rom[(index * sizeof(uint))..], code[index]);
        for (int index = 0; index < data.Length; index++)
            BinaryPrimitives.WriteUInt64LittleEndian(rom[((code.Length * sizeof(uint)) + (index * sizeof(ulong)))..], data[index]);
        using UseGate.Use use = Enter();
        Memory.WriteRom(GuestMemory.RomBase, rom);
        foreach (VirtualCpu cpu in _cpus)
            cpu.Hart.Pc = GuestMemory.RomBase;
    }
}
