using Engine.Emulator.Devices;
using Engine.Emulator.Platform;

namespace Engine.Emulator.Loading;

/// <summary>Puts programs into guest memory.</summary>
/// <param name="memory">The RAM.</param>
/// <param name="ram">Where it lies.</param>
public sealed class GuestLoader(IGuestMemory memory, AddressRange ram)
{
    private static readonly byte[] Zeros = new byte[64 * 1024];

    /// <summary>Loads a program from a file.</summary>
    /// <exception cref="GuestLoadException">The file is missing, damaged, foreign or does not fit.</exception>
    public LoadedGuest LoadElf(string path) => LoadElf(GuestFile.ReadAllBytes(path), path);

    /// <summary>Loads a program.</summary>
    /// <param name="file">The ELF file's contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="GuestLoadException">The file is damaged, foreign or does not fit.</exception>
    public LoadedGuest LoadElf(ReadOnlyMemory<byte> file, string name)
    {
        var image = ElfImage.Parse(file, name);
        ulong end = ram.Start;
        foreach (var segment in image.Segments)
        {
            if (!ram.Contains(segment.PhysicalAddress, segment.MemoryByteCount))
            {
                throw new GuestLoadException(
                    $"{name}: a segment of {segment.MemoryByteCount} bytes at 0x{segment.PhysicalAddress:x} does not fit into RAM at " +
                    $"{ram}");
            }

            end = Math.Max(end, segment.PhysicalAddress + segment.MemoryByteCount);
        }

        if (!ram.Contains(image.EntryPoint, 2))
            throw new GuestLoadException($"{name}: the entry point 0x{image.EntryPoint:x} lies outside RAM at {ram}");

        foreach (var segment in image.Segments)
        {
            Write(segment.PhysicalAddress, image.ContentsOf(segment), name);
            Clear(segment.PhysicalAddress + segment.FileByteCount, segment.MemoryByteCount - segment.FileByteCount, name);
        }

        var symbols = image.FindSymbols("tohost", "fromhost");
        return new LoadedGuest(image.EntryPoint, end, ValueOrNull("tohost"), ValueOrNull("fromhost"));

        ulong? ValueOrNull(string symbol) => symbols.TryGetValue(symbol, out ulong address) ? address : null;
    }

    /// <summary>Loads a file as it is.</summary>
    /// <returns>Where it lies.</returns>
    /// <exception cref="GuestLoadException">The file is missing or does not fit.</exception>
    public AddressRange LoadRaw(RawImage image)
    {
        byte[] contents = GuestFile.ReadAllBytes(image.Path);
        if (!ram.Contains(image.Address, (ulong)contents.Length))
        {
            throw new GuestLoadException(
                $"{image.Path}: {contents.Length} bytes at 0x{image.Address:x} do not fit into RAM at {ram}");
        }

        Write(image.Address, contents, image.Path);
        return new AddressRange(image.Address, (ulong)contents.Length);
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
