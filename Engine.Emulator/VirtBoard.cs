using Engine.Emulator.Devices;
using Engine.Emulator.Devices.Virtio;
using Engine.Emulator.Loading;
using Engine.Emulator.Memory;
using Engine.Emulator.Platform;
using Engine.Hosting;

namespace Engine.Emulator;

/// <summary>
/// A <see cref="Machine"/> with the devices of QEMU's <c>virt</c> board, at that board's addresses. After <see cref="Dispose"/> loading
/// and booting throw <see cref="ObjectDisposedException"/>, as the machine's members do.
/// </summary>
public sealed class VirtBoard : IDisposable
{
    private const ulong DeviceTreeAlignment = 0x20_0000;
    private readonly VirtBoardOptions _options;
    private readonly GuestLoader _loader;
    private ulong _guestEnd = GuestMemory.RamBase;
    private AddressRange? _initialRamDisk;

    /// <summary>Creates the board with an empty RAM.</summary>
    /// <param name="options">Memory, console and disk.</param>
    /// <param name="engine">The engine to publish to, or null.</param>
    public VirtBoard(VirtBoardOptions options, EventEngine? engine = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        // Nothing can come to a board without a console from outside, so its idle time need not be waited for.
        bool followsHostClock = options.Machine.FollowsHostClock ?? options.ConsoleInput is not null;
        Machine = new Machine(options.Machine with { FollowsHostClock = followsHostClock }, engine);
        Ram = new AddressRange(GuestMemory.RamBase, Machine.Memory.RamSize);
        _loader = new GuestLoader(Machine.Memory, Ram);
        AttachDevices();
    }

    /// <summary>The machine.</summary>
    public Machine Machine { get; }

    /// <summary>Where RAM lies.</summary>
    public AddressRange Ram { get; }

    /// <summary>Loads a program, and watches its <c>tohost</c> word if it has one.</summary>
    /// <exception cref="GuestLoadException">The file is missing, damaged, foreign or does not fit.</exception>
    public LoadedGuest LoadElf(string path) => Note(Loader().LoadElf(path));

    /// <summary>Loads a program from memory, and watches its <c>tohost</c> word if it has one.</summary>
    /// <param name="file">The ELF file's contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="GuestLoadException">The file is damaged, foreign or does not fit.</exception>
    public LoadedGuest LoadElf(ReadOnlyMemory<byte> file, string name) => Note(Loader().LoadElf(file, name));

    /// <summary>Loads a kernel for firmware to start, as <see cref="GuestLoader.LoadKernel"/> does.</summary>
    /// <exception cref="GuestLoadException">The file is missing, damaged, foreign or does not fit.</exception>
    public LoadedGuest LoadKernel(string path, ulong? address = null) => Note(Loader().LoadKernel(path, address));

    /// <summary>Loads a file as it is.</summary>
    /// <exception cref="GuestLoadException">The file is missing or does not fit.</exception>
    public AddressRange LoadRaw(RawImage image)
    {
        AddressRange range = Loader().LoadRaw(image);
        _guestEnd = Math.Max(_guestEnd, range.End);
        return range;
    }

    /// <summary>
    /// Loads an initial RAM disk, which the device tree then tells the kernel of. It lies as high in RAM as it can, below the device
    /// tree, so that a kernel has room behind itself. Call it after what else is loaded.
    /// </summary>
    /// <exception cref="GuestLoadException">The file is missing or does not fit.</exception>
    public AddressRange LoadInitialRamDisk(string path)
    {
        GuestLoader loader = Loader();
        byte[] contents = GuestFile.ReadAllBytes(path);
        ulong end = Ram.End & ~(DeviceTreeAlignment - 1);
        end = end == Ram.End ? end - DeviceTreeAlignment : end;
        ulong start = (end - (ulong)contents.Length) & ~(GuestMemory.FrameSize - 1UL);
        if (end < _guestEnd || (ulong)contents.Length > end - _guestEnd || start < _guestEnd)
        {
            throw new GuestLoadException(
                $"{path}: an initial RAM disk of {contents.Length} bytes does not fit into RAM at {Ram} between guest and device tree");
        }

        return (_initialRamDisk = loader.LoadRaw(contents, path, start)).Value;
    }

    /// <summary>Puts the device tree behind what was loaded and makes the harts start at the entry.</summary>
    /// <param name="entry">Physical address of the first instruction.</param>
    /// <param name="nextStage">Physical address of a kernel that firmware is to start, or 0.</param>
    /// <exception cref="GuestLoadException">There is no room for the device tree.</exception>
    public void Boot(ulong entry, ulong nextStage = 0)
    {
        Machine.ThrowIfDisposed();
        byte[] tree = FlattenedDeviceTree.Build(
            new BoardOptions(Machine.Memory.RamSize, _options.BootArguments, _initialRamDisk, Machine.HartCount));
        ulong last = Ram.End - (ulong)tree.Length;
        ulong address = last & ~(DeviceTreeAlignment - 1);
        if (address < _guestEnd)
            address = last & ~7UL;
        if (address < _guestEnd || !Machine.Memory.TryWrite(address, tree))
            throw new GuestLoadException($"the device tree of {tree.Length} bytes does not fit into RAM at {Ram} behind the guest");
        Machine.SetBoot(entry, address, nextStage);
    }

    /// <inheritdoc/>
    public void Dispose() => Machine.Dispose();

    private void AttachDevices()
    {
        var plic = new Plic(Machine.InterruptLinesOfHarts);
        Machine.Attach(new TestFinisher());
        Machine.Attach(new Clint(Machine.InterruptLinesOfHarts, Machine));
        Machine.Attach(plic);
        var output = new RepeatableOutput(_options.ConsoleOutput ?? (_ => { }));
        Machine.AddCheckpoint(output);
        Machine.Attach(new Uart16550(plic, _options.ConsoleInput ?? EndedInput(), output.Write, Machine));
        for (int slot = 0; slot < BoardLayout.VirtioSlotCount; slot++)
        {
            var number = (uint)Machine.Devices.Count + 1;
            Machine.Attach(slot == 0 && _options.Disk is not null
                ? new VirtioMmioTransport(slot, plic, Machine.Memory, new VirtioBlock(_options.Disk, number, Machine.DeviceObserver))
                : new EmptyVirtioSlot(slot));
        }
    }

    private GuestLoader Loader()
    {
        Machine.ThrowIfDisposed();
        return _loader;
    }

    private LoadedGuest Note(LoadedGuest guest)
    {
        _guestEnd = Math.Max(_guestEnd, guest.End);
        if (guest.ToHost is ulong toHost)
            Machine.WatchToHost(toHost);
        return guest;
    }

    private static ConsoleInput EndedInput()
    {
        var input = new ConsoleInput();
        input.Complete();
        return input;
    }
}
