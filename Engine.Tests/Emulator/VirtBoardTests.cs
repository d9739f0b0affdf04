using System.Buffers.Binary;
using Engine.Emulator;
using Engine.Emulator.Loading;
using Engine.Emulator.Platform;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Emulator.Platform;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator;

public sealed class VirtBoardTests
{
    private const ulong DeviceTree = 0x80E0_0000;

    [Test]
    public void An_initial_RAM_disk_lies_where_the_device_tree_says()
    {
        using var folder = new TemporaryFolder();
        string image = folder.Write("initrd.img", [1, 2, 3, 4, 5]);
        using VirtBoard board = Create();
        AddressRange range = board.LoadInitialRamDisk(image);
        board.Boot(GuestBase);
        byte[] contents = new byte[5];
        Assert.That(board.Machine.Memory.TryRead(range.Start, contents), Is.True);
        FdtNode chosen = ReadDeviceTree(board)["chosen"];
        Assert.Multiple(() =>
        {
            Assert.That(contents, Is.EqualTo(new byte[] { 1, 2, 3, 4, 5 }));
            Assert.That(range.Start, Is.EqualTo(DeviceTree - 4096));
            Assert.That(chosen.Cells64("linux,initrd-start"), Is.EqualTo(new[] { range.Start }));
            Assert.That(chosen.Cells64("linux,initrd-end"), Is.EqualTo(new[] { range.Start + 5 }));
        });
    }

    [Test]
    public void One_that_would_lie_over_the_guest_is_refused()
    {
        using var folder = new TemporaryFolder();
        string image = folder.Write("initrd.img", [1, 2, 3, 4, 5]);
        using VirtBoard board = Create();
        board.LoadRaw(new RawImage(image, DeviceTree - 8));
        Assert.That(() => board.LoadInitialRamDisk(image), Throws.TypeOf<GuestLoadException>().With.Message.Contains("does not fit"));
        string large = folder.Write("large.img", new byte[20 << 20]);
        using VirtBoard empty = Create();
        Assert.That(() => empty.LoadInitialRamDisk(large), Throws.TypeOf<GuestLoadException>().With.Message.Contains("does not fit"));
    }

    [Test]
    public void Whatever_a_medium_or_the_console_s_output_throws_the_machine_can_run_on()
    {
        bool fails = true;
        var written = new List<byte>();
        using var board = new VirtBoard(new VirtBoardOptions
        {
            Machine = new MachineOptions { RamSize = 1 << 20 },
            ConsoleOutput = value =>
            {
                if (fails)
                    throw new InvalidOperationException("the console is gone");
                written.Add(value);
            },
        });
        uint[] program =
            [Asm.Lui(1, 0x10000), Asm.Addi(2, 0, 'A'), Asm.Store(0, 2, 1, 0), Asm.Addi(2, 2, 1), Asm.Store(0, 2, 1, 0), Asm.Spin];
        board.Machine.Memory.TryWrite(GuestBase, System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(program));
        board.Machine.Pc = GuestBase;
        Assert.That(() => board.Machine.Run(100), Throws.InvalidOperationException.With.Message.EqualTo("the console is gone"));
        Assert.That((board.Machine.RetiredInstructions, board.Machine.Pc), Is.EqualTo((2UL, GuestBase + 8)));
        fails = false;
        Assert.That(board.Machine.Run(98).RetiredInstructions, Is.EqualTo(98));
        Assert.That(written, Is.EqualTo("AB"u8.ToArray()));
    }

    private const ulong GuestBase = 0x8000_0000;

    private static VirtBoard Create() => new(new VirtBoardOptions { Machine = new MachineOptions { RamSize = 16 << 20 } });

    private static FdtNode ReadDeviceTree(VirtBoard board)
    {
        byte[] header = new byte[8];
        Assert.That(board.Machine.Memory.TryRead(DeviceTree, header), Is.True);
        byte[] tree = new byte[BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4))];
        Assert.That(board.Machine.Memory.TryRead(DeviceTree, tree), Is.True);
        return FdtNode.Parse(tree);
    }
}
