namespace Engine.Emulator.Platform;

/// <summary>Describes the board to firmware and kernels, as QEMU's <c>virt</c> board does.</summary>
public static class FlattenedDeviceTree
{
    private const uint FirstHartPhandle = 1;

    private const uint MachineSoftwareInterrupt = 3;
    private const uint MachineTimerInterrupt = 7;
    private const uint SupervisorExternalInterrupt = 9;
    private const uint MachineExternalInterrupt = 11;

    private const string SerialPath = "/soc/serial@10000000";

    // Each hart has a phandle, and behind them come the others.
    private static uint PlicPhandle(BoardOptions options) => FirstHartPhandle + (uint)options.HartCount;

    private static uint FinisherPhandle(BoardOptions options) => PlicPhandle(options) + 1;

    /// <summary>Builds the blob that the hart finds through register a1.</summary>
    public static byte[] Build(BoardOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var writer = new FdtWriter();
        writer.BeginNode("")
            .Cells("#address-cells", 2)
            .Cells("#size-cells", 2)
            .Strings("compatible", "riscv-virtio")
            .Strings("model", "riscv-virtio,engine");
        WriteChosen(writer, options);
        WriteMemory(writer, options);
        WriteCpus(writer, options.HartCount);
        WriteSoc(writer, options);
        WriteSystemControl(writer, options, "poweroff", "syscon-poweroff", 0x5555);
        WriteSystemControl(writer, options, "reboot", "syscon-reboot", 0x7777);
        return writer.EndNode().Finish();
    }

    private static void WriteChosen(FdtWriter writer, BoardOptions options)
    {
        writer.BeginNode("chosen").Strings("stdout-path", SerialPath);
        if (options.BootArguments is { } bootArguments)
            writer.Strings("bootargs", bootArguments);
        if (options.InitialRamDisk is { } disk)
            writer.Cells64("linux,initrd-start", disk.Start).Cells64("linux,initrd-end", disk.End);
        writer.EndNode();
    }

    private static void WriteMemory(FdtWriter writer, BoardOptions options) =>
        writer.BeginNode(UnitName("memory", BoardLayout.RamBase))
            .Strings("device_type", "memory")
            .Cells64("reg", BoardLayout.RamBase, options.RamByteCount)
            .EndNode();

    private static void WriteCpus(FdtWriter writer, int hartCount)
    {
        writer.BeginNode("cpus")
            .Cells("#address-cells", 1)
            .Cells("#size-cells", 0)
            .Cells("timebase-frequency", BoardLayout.TimebaseHz);
        for (uint hart = 0; hart < (uint)hartCount; hart++)
            WriteCpu(writer, hart);
        writer.EndNode();
    }

    private static void WriteCpu(FdtWriter writer, uint hart)
    {
        writer.BeginNode(UnitName("cpu", hart))
            .Strings("device_type", "cpu")
            .Cells("reg", hart)
            .Strings("status", "okay")
            .Strings("compatible", "riscv")
            .Strings("riscv,isa", "rv64imafdc_zicntr_zicsr_zifencei_sstc")
            .Strings("riscv,isa-base", "rv64i")
            .Strings("riscv,isa-extensions", "i", "m", "a", "f", "d", "c", "zicntr", "zicsr", "zifencei", "sstc")
            .Strings("mmu-type", "riscv,sv39");
        writer.BeginNode("interrupt-controller")
            .Cells("#address-cells", 0)
            .Cells("#interrupt-cells", 1)
            .Flag("interrupt-controller")
            .Strings("compatible", "riscv,cpu-intc")
            .Cells("phandle", FirstHartPhandle + hart)
            .EndNode();
        writer.EndNode();
    }

    private static void WriteSoc(FdtWriter writer, BoardOptions options)
    {
        writer.BeginNode("soc")
            .Cells("#address-cells", 2)
            .Cells("#size-cells", 2)
            .Strings("compatible", "simple-bus")
            .Flag("ranges");
        writer.BeginNode(UnitName("test", BoardLayout.TestFinisherBase))
            .Strings("compatible", "sifive,test1", "sifive,test0", "syscon")
            .Cells64("reg", BoardLayout.TestFinisherBase, BoardLayout.TestFinisherSize)
            .Cells("phandle", FinisherPhandle(options))
            .EndNode();
        writer.BeginNode(UnitName("serial", BoardLayout.UartBase))
            .Strings("compatible", "ns16550a")
            .Cells64("reg", BoardLayout.UartBase, BoardLayout.UartSize)
            .Cells("clock-frequency", BoardLayout.UartClockHz)
            .Cells("interrupt-parent", PlicPhandle(options))
            .Cells("interrupts", BoardLayout.UartIrq)
            .EndNode();
        for (int slot = 0; slot < BoardLayout.VirtioSlotCount; slot++)
        {
            writer.BeginNode(UnitName("virtio_mmio", BoardLayout.VirtioSlotBase(slot)))
                .Strings("compatible", "virtio,mmio")
                .Cells64("reg", BoardLayout.VirtioSlotBase(slot), BoardLayout.VirtioSlotSize)
                .Cells("interrupt-parent", PlicPhandle(options))
                .Cells("interrupts", (uint)BoardLayout.VirtioSlotIrq(slot))
                .EndNode();
        }

        WriteInterruptControllers(writer, options);
        writer.EndNode();
    }

    private static void WriteInterruptControllers(FdtWriter writer, BoardOptions options)
    {
        writer.BeginNode(UnitName("plic", BoardLayout.PlicBase))
            .Strings("compatible", "sifive,plic-1.0.0", "riscv,plic0")
            .Cells64("reg", BoardLayout.PlicBase, BoardLayout.PlicSize)
            .Cells("#address-cells", 0)
            .Cells("#interrupt-cells", 1)
            .Flag("interrupt-controller")
            .Cells("interrupts-extended", OfEachHart(options, MachineExternalInterrupt, SupervisorExternalInterrupt))
            .Cells("riscv,ndev", BoardLayout.PlicLastSource)
            .Cells("phandle", PlicPhandle(options))
            .EndNode();
        writer.BeginNode(UnitName("clint", BoardLayout.ClintBase))
            .Strings("compatible", "sifive,clint0", "riscv,clint0")
            .Cells64("reg", BoardLayout.ClintBase, BoardLayout.ClintSize)
            .Cells("interrupts-extended", OfEachHart(options, MachineSoftwareInterrupt, MachineTimerInterrupt))
            .EndNode();
    }

    private static uint[] OfEachHart(BoardOptions options, uint first, uint second) =>
        [.. Enumerable.Range(0, options.HartCount)
            .Select(static hart => FirstHartPhandle + (uint)hart)
            .SelectMany(phandle => (uint[])[phandle, first, phandle, second])];

    private static void WriteSystemControl(FdtWriter writer, BoardOptions options, string name, string compatible, uint value) =>
        writer.BeginNode(name)
            .Strings("compatible", compatible)
            .Cells("regmap", FinisherPhandle(options))
            .Cells("offset", 0)
            .Cells("value", value)
            .EndNode();

    private static string UnitName(string name, ulong address) => $"{name}@{address:x}";
}
