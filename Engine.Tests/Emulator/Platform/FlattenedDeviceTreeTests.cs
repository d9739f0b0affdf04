using Engine.Emulator.Platform;

namespace Engine.Tests.Emulator.Platform;

public sealed class FlattenedDeviceTreeTests
{
    private readonly FdtNode _root = FdtNode.Parse(FlattenedDeviceTree.Build(new BoardOptions(128 << 20)));

    [Test]
    public void Root_names_the_board() => Assert.Multiple(() =>
    {
        Assert.That(_root.Name, Is.Empty);
        Assert.That(_root.Strings("compatible"), Is.EqualTo((string[])["riscv-virtio"]));
        Assert.That(_root.Cells("#address-cells"), Is.EqualTo((uint[])[2]));
        Assert.That(_root.Cells("#size-cells"), Is.EqualTo((uint[])[2]));
    });

    [Test]
    public void Memory_has_the_size_asked_for() =>
        Assert.That(_root["memory@80000000"].Cells64("reg"), Is.EqualTo((ulong[])[0x8000_0000, 128 << 20]));

    [Test]
    public void Processor_is_described() => Assert.Multiple(() =>
    {
        Assert.That(_root["cpus"].Cells("timebase-frequency"), Is.EqualTo((uint[])[10_000_000]));
        Assert.That(_root["cpus/cpu@0"].Strings("riscv,isa"), Is.EqualTo((string[])["rv64imafdc_zicntr_zicsr_zifencei_sstc"]));
        Assert.That(_root["cpus/cpu@0"].Strings("mmu-type"), Is.EqualTo((string[])["riscv,sv39"]));
        Assert.That(_root["cpus/cpu@0/interrupt-controller"].Properties, Contains.Key("interrupt-controller"));
    });

    [Test]
    public void Every_phandle_that_is_used_exists_once()
    {
        uint[] defined = [.. _root.All().Where(n => n.Properties.ContainsKey("phandle")).Select(n => n.Cells("phandle")[0])];
        uint[] used =
        [
            .. _root.All().SelectMany(n => n.Properties.Keys.Where(p => p is "interrupt-parent" or "regmap").Select(p => n.Cells(p)[0])),
            .. _root.All().Where(n => n.Properties.ContainsKey("interrupts-extended")).SelectMany(
                n => n.Cells("interrupts-extended").Chunk(2)).Select(pair => pair[0]),
        ];
        Assert.That(defined, Is.Unique);
        Assert.That(used.Distinct(), Is.EquivalentTo(defined));
    }

    [TestCase("serial@10000000", 0x1000_0000ul, 0x100ul, "ns16550a")]
    [TestCase("clint@2000000", 0x200_0000ul, 0x1_0000ul, "riscv,clint0")]
    [TestCase("plic@c000000", 0xC00_0000ul, 0x60_0000ul, "riscv,plic0")]
    [TestCase("test@100000", 0x10_0000ul, 0x1000ul, "syscon")]
    [TestCase("virtio_mmio@10001000", 0x1000_1000ul, 0x1000ul, "virtio,mmio")]
    [TestCase("virtio_mmio@10008000", 0x1000_8000ul, 0x1000ul, "virtio,mmio")]
    public void Device_is_where_the_board_has_it(string node, ulong address, ulong size, string compatible)
    {
        var device = _root["soc"][node];
        Assert.Multiple(() =>
        {
            Assert.That(device.Cells64("reg"), Is.EqualTo((ulong[])[address, size]));
            Assert.That(device.Strings("compatible"), Contains.Item(compatible));
        });
    }

    [Test]
    public void Interrupts_go_to_the_plic()
    {
        uint plic = _root["soc/plic@c000000"].Cells("phandle")[0];
        Assert.Multiple(() =>
        {
            Assert.That(_root["soc/plic@c000000"].Cells("riscv,ndev"), Is.EqualTo((uint[])[95]));
            Assert.That(_root["soc/serial@10000000"].Cells("interrupts"), Is.EqualTo((uint[])[10]));
            Assert.That(_root["soc/serial@10000000"].Cells("interrupt-parent"), Is.EqualTo((uint[])[plic]));
            Assert.That(_root["soc/virtio_mmio@10003000"].Cells("interrupts"), Is.EqualTo((uint[])[3]));
        });
    }

    [Test]
    public void Power_off_and_reboot_write_to_the_finisher()
    {
        uint finisher = _root["soc/test@100000"].Cells("phandle")[0];
        Assert.Multiple(() =>
        {
            Assert.That(_root["poweroff"].Cells("value"), Is.EqualTo((uint[])[0x5555]));
            Assert.That(_root["reboot"].Cells("value"), Is.EqualTo((uint[])[0x7777]));
            Assert.That(_root["reboot"].Cells("regmap"), Is.EqualTo((uint[])[finisher]));
        });
    }

    [Test]
    public void Boot_arguments_and_initial_ram_disk_appear_only_when_given()
    {
        var options = new BoardOptions(1ul << 32, "console=ttyS0 ü", new AddressRange(0x8800_0000, 0x1234));
        var chosen = FdtNode.Parse(FlattenedDeviceTree.Build(options))["chosen"];
        Assert.Multiple(() =>
        {
            Assert.That(_root["chosen"].Properties.Keys, Is.EqualTo((string[])["stdout-path"]));
            Assert.That(chosen.Strings("bootargs"), Is.EqualTo((string[])["console=ttyS0 ü"]));
            Assert.That(chosen.Cells64("linux,initrd-start"), Is.EqualTo((ulong[])[0x8800_0000]));
            Assert.That(chosen.Cells64("linux,initrd-end"), Is.EqualTo((ulong[])[0x8800_1234]));
        });
    }
}
