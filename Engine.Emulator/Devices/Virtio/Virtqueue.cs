using System.Buffers.Binary;

namespace Engine.Emulator.Devices.Virtio;

/// <summary>The device's side of a split virtqueue. Nothing in guest memory is trusted.</summary>
internal sealed class Virtqueue
{
    public const uint MaxSize = 256;

    private const uint DescriptorByteCount = 16;
    private const ushort FlagNext = 1;
    private const ushort FlagWrite = 2;
    private const ushort FlagIndirect = 4;
    private const ushort AvailableFlagNoInterrupt = 1;

    private readonly IGuestMemory _memory;
    private readonly DescriptorChain _chain;
    private ushort _nextAvailable;
    private ushort _nextUsed;

    public Virtqueue(IGuestMemory memory)
    {
        _memory = memory;
        _chain = new DescriptorChain(memory);
    }

    /// <summary>Number of entries.</summary>
    public uint Size { get; private set; }

    public bool IsReady { get; private set; }

    public ulong DescriptorAddress { get; set; }

    /// <summary>Address of the available ring, which the driver writes.</summary>
    public ulong DriverAddress { get; set; }

    /// <summary>Address of the used ring, which the device writes.</summary>
    public ulong DeviceAddress { get; set; }

    /// <summary>Sets the number of entries; one that is not allowed is ignored.</summary>
    public void SetSize(uint size)
    {
        if (uint.IsPow2(size) && size <= MaxSize && !IsReady)
            Size = size;
    }

    /// <summary>Starts or stops the queue; one without entries does not start.</summary>
    public void SetReady(bool ready)
    {
        if (ready && !IsReady)
        {
            _nextAvailable = 0;
            _nextUsed = 0;
        }

        IsReady = ready && Size != 0;
    }

    public void Reset()
    {
        IsReady = false;
        Size = 0;
        DescriptorAddress = 0;
        DriverAddress = 0;
        DeviceAddress = 0;
        _nextAvailable = 0;
        _nextUsed = 0;
    }

    /// <summary>Takes the next available request. The chain is valid until the next call.</summary>
    public VirtqueueTake Take(bool allowIndirect, out DescriptorChain chain)
    {
        chain = _chain;
        if (!TryReadUInt16(DriverAddress + 2, out ushort available))
            return VirtqueueTake.Malformed;

        ushort outstanding = (ushort)(available - _nextAvailable);
        if (outstanding == 0)
            return VirtqueueTake.Empty;
        if (outstanding > Size
            || !TryReadUInt16(DriverAddress + 4 + (2 * (_nextAvailable & (Size - 1))), out ushort head)
            || head >= Size)
            return VirtqueueTake.Malformed;

        _chain.Start(head);
        if (!TryCollect(DescriptorAddress, Size, head, allowIndirect))
            return VirtqueueTake.Malformed;

        _nextAvailable++;
        return VirtqueueTake.Taken;
    }

    /// <summary>Hands a request back to the driver.</summary>
    /// <param name="chain">The request.</param>
    /// <param name="writtenByteCount">Bytes written into its writable part.</param>
    /// <param name="wantsInterrupt">Whether the driver asks to be told.</param>
    public bool TryReturn(DescriptorChain chain, uint writtenByteCount, out bool wantsInterrupt)
    {
        wantsInterrupt = false;
        Span<byte> element = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(element, chain.Head);
        BinaryPrimitives.WriteUInt32LittleEndian(element[4..], writtenByteCount);
        if (!_memory.TryWrite(DeviceAddress + 4 + (8 * (_nextUsed & (Size - 1))), element))
            return false;

        _nextUsed++;
        Span<byte> index = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(index, _nextUsed);
        if (!_memory.TryWrite(DeviceAddress + 2, index) || !TryReadUInt16(DriverAddress, out ushort flags))
            return false;

        wantsInterrupt = (flags & AvailableFlagNoInterrupt) == 0;
        return true;
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Size);
        writer.Write(IsReady);
        writer.Write(DescriptorAddress);
        writer.Write(DriverAddress);
        writer.Write(DeviceAddress);
        writer.Write(_nextAvailable);
        writer.Write(_nextUsed);
    }

    public void Restore(BinaryReader reader)
    {
        Size = reader.ReadUInt32();
        if (Size != 0 && (!uint.IsPow2(Size) || Size > MaxSize))
            throw new InvalidDataException($"Virtqueue state has {Size} entries; powers of two up to {MaxSize} are allowed.");

        IsReady = reader.ReadBoolean() && Size != 0;
        DescriptorAddress = reader.ReadUInt64();
        DriverAddress = reader.ReadUInt64();
        DeviceAddress = reader.ReadUInt64();
        _nextAvailable = reader.ReadUInt16();
        _nextUsed = reader.ReadUInt16();
    }

    /// <summary>Appends the buffers of a chain that begins at <paramref name="index"/> of a descriptor table.</summary>
    private bool TryCollect(ulong table, uint tableSize, uint index, bool allowIndirect)
    {
        // A chain visits each entry of its table at most once, which bounds a chain that loops.
        for (uint visited = 0; visited < tableSize; visited++)
        {
            if (!TryReadDescriptor(table, index, out var descriptor))
                return false;
            if ((descriptor.Flags & FlagIndirect) != 0)
                return allowIndirect && TryCollectIndirect(descriptor);

            bool isWritable = (descriptor.Flags & FlagWrite) != 0;
            if (!_chain.TryAppend(new VirtioSegment(descriptor.Address, descriptor.ByteCount, isWritable)))
                return false;
            if ((descriptor.Flags & FlagNext) == 0)
                return true;
            if (descriptor.Next >= tableSize)
                return false;

            index = descriptor.Next;
        }

        return false;
    }

    private bool TryCollectIndirect(Descriptor descriptor)
    {
        (uint tableSize, uint rest) = Math.DivRem(descriptor.ByteCount, DescriptorByteCount);
        return rest == 0
            && tableSize is > 0 and <= MaxSize
            && (descriptor.Flags & FlagNext) == 0
            && TryCollect(descriptor.Address, tableSize, index: 0, allowIndirect: false);
    }

    private bool TryReadDescriptor(ulong table, uint index, out Descriptor descriptor)
    {
        Span<byte> bytes = stackalloc byte[(int)DescriptorByteCount];
        bool read = _memory.TryRead(table + (index * DescriptorByteCount), bytes);
        descriptor = new Descriptor(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[14..]));
        return read;
    }

    private bool TryReadUInt16(ulong address, out ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        bool read = _memory.TryRead(address, bytes);
        value = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return read;
    }

    private readonly record struct Descriptor(ulong Address, uint ByteCount, ushort Flags, ushort Next);
}
