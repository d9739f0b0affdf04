using System.Buffers.Binary;
using Engine.Emulator;
using Engine.Emulator.Memory;
using Engine.Hosting;

namespace Engine.Tests.Emulator.Harts;

/// <summary>The guest that uses all harts and checks itself; its sources lie in <c>Guest</c>.</summary>
internal static class HartsGuest
{
    private const ulong RoundsAddress = GuestMemory.RamBase + 8;

    /// <summary>A board that is about to run the guest.</summary>
    public static VirtBoard Boot(MachineOptions options, ulong rounds, EventEngine? engine = null)
    {
        var board = new VirtBoard(new VirtBoardOptions { Machine = options with { RamSize = 16 << 20 } }, engine);
        using Stream file = typeof(HartsGuest).Assembly.GetManifestResourceStream("harts.elf")!;
        byte[] contents = new byte[file.Length];
        file.ReadExactly(contents);
        ulong entry = board.LoadElf(contents, "harts.elf").EntryPoint;
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(value, rounds);
        Assert.That(board.Machine.Memory.TryWrite(RoundsAddress, value), Is.True);
        board.Boot(entry);
        return board;
    }
}
