using Engine.Emulator.Devices;
using Engine.Emulator.Platform;

namespace Engine.Emulator.Loading;

/// <summary>Puts programs into guest memory.</summary>
/// <param name="memory">The RAM.</param>
/// <param name="ram">Where it lies.</param>
public sealed class GuestLoader(IGuestMemory memory, AddressRange ram)
{
    // Where kernels expect to lie, by their alignment, with room for firmware before them.
    private const ulong KernelOffset = 0x20_0000;
    private const ulong PageSize = 0x1000;

    private static readonly byte[] Zeros = new byte[64 * 1024];

    /// <summary>Loads a program from a file.</summary>
    /// <exception cref="GuestLoadException">The file is missing, damaged, foreign or does not fit.</exception>
    public LoadedGuest LoadElf(string path) => LoadElf(GuestFile.ReadAllBytes(path), path);

    /// <summary>
    /// Loads a program to the addresses it was linked for. One that lies outside RAM there is moved as a whole if it can be: a
    /// position-independent one, such as firmware, to the start of RAM; a kernel that was linked for the upper half of the address
    /// space, such as a <c>vmlinux</c>, 2 MiB behind it. Moving relocates nothing: such programs do that themselves.
    /// </summary>
    /// <param name="file">The ELF file's contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="address">Physical address of its first page, or null for those rules.</param>
    /// <exception cref="GuestLoadException">The file is damaged, foreign or does not fit.</exception>
    public LoadedGuest LoadElf(ReadOnlyMemory<byte> file, string name, ulong? address = null)
    {
        var image = ElfImage.Parse(file, name);
        ulong offset = OffsetOf(image, address);
        ulong entry = image.EntryPoint + offset;
        ulong end = ram.Start;
        foreach (var segment in image.Segments)
        {
            ulong start = segment.PhysicalAddress + offset;
            if (!ram.Contains(start, segment.MemoryByteCount))
            {
                throw new GuestLoadException(
                    $"{name}: a segment of {segment.MemoryByteCount} bytes at 0x{start:x} does not fit into RAM at {ram}");
            }

            end = Math.Max(end, start + segment.MemoryByteCount);
        }

        if (!ram.Contains(entry, 2))
            throw new GuestLoadException($"{name}: the entry point 0x{entry:x} lies outside RAM at {ram}");

        foreach (var segment in image.Segments)
        {
            Write(segment.PhysicalAddress + offset, image.ContentsOf(segment), name);
            Clear(segment.PhysicalAddress + offset + segment.FileByteCount, segment.MemoryByteCount - segment.FileByteCount, name);
        }

        var symbols = image.FindSymbols("tohost", "fromhost");
        return new LoadedGuest(entry, end, ValueOrNull("tohost"), ValueOrNull("fromhost"));

        ulong? ValueOrNull(string symbol) => symbols.TryGetValue(symbol, out ulong value) ? value + offset : null;
    }

    /// <summary>Loads a kernel for firmware to start: an ELF file, or any other as it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="address">
    /// Its physical address, or null for that of the ELF file, and for any other file 2 MiB behind the start of RAM.
    /// </param>
    /// <exception cref="GuestLoadException">The file is missing, damaged, foreign or does not fit.</exception>
    public LoadedGuest LoadKernel(string path, ulong? address = null)
    {
        byte[] contents = GuestFile.ReadAllBytes(path);
        if (contents.AsSpan().StartsWith("\u007FELF"u8))
            return LoadElf(contents, path, address);
        AddressRange range = LoadRaw(contents, path, address ?? ram.Start + KernelOffset);
        return new LoadedGuest(range.Start, range.End, null, null);
    }

    /// <summary>Loads a file as it is.</summary>
    /// <returns>Where it lies.</returns>
    /// <exception cref="GuestLoadException">The file is missing or does not fit.</exception>
    public AddressRange LoadRaw(RawImage image)
    {
        return LoadRaw(GuestFile.ReadAllBytes(image.Path), image.Path, image.Address);
    }

    internal AddressRange LoadRaw(byte[] contents, string name, ulong address)
    {
        if (!ram.Contains(address, (ulong)contents.Length))
            throw new GuestLoadException($"{name}: {contents.Length} bytes at 0x{address:x} do not fit into RAM at {ram}");
        Write(address, contents, name);
        return new AddressRange(address, (ulong)contents.Length);
    }

    /// <summary>What has to be added to the image's physical addresses; wraps around.</summary>
    private ulong OffsetOf(ElfImage image, ulong? address)
    {
        bool isInRam = image.Segments.All(segment => ram.Contains(segment.PhysicalAddress, segment.MemoryByteCount));
        bool canBeMoved = image.IsPositionIndependent || image.IsUpperHalf;
        if (address is null && (isInRam || !canBeMoved))
            return 0;
        ulong firstPage = image.Segments.Min(static segment => segment.PhysicalAddress) & ~(PageSize - 1);
        return (address ?? (image.IsUpperHalf ? ram.Start + KernelOffset : ram.Start)) - firstPage;
    }

    private void Clear(ulong address, ulong byteCount, string name)
    {
        while (byteCount != 0)
        {
            int count = (int)Math.Min(byteCount, (ulong)Zeros.Length);
            Write(address, Zeros.AsSpan(0, count), name);
            address += (ulong)count;
            byteCount -= (ulong)count;
        }
    }

    private void Write(ulong address, ReadOnlySpan<byte> bytes, string name)
    {
        if (!memory.TryWrite(address, bytes))
            throw new GuestLoadException($"{name}: {bytes.Length} bytes at 0x{address:x} cannot be written to RAM");
    }
}
