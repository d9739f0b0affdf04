using System.Buffers.Binary;
using Engine.Emulator.Devices.Virtio;

namespace Engine.Tests.Emulator.Devices.Virtio;

/// <summary>The driver's side of a block device: a queue in guest memory that is built by hand.</summary>
internal sealed class BlockDriver(VirtioMmioTransport device, ArrayMemory memory)
{
    public const ulong DescriptorTable = 0x8000_0000;
    public const ulong AvailableRing = 0x8000_1000;
    public const ulong UsedRing = 0x8000_2000;
    public const ulong Header = 0x8000_3000;
    public const ulong StatusByte = 0x8000_3100;
    public const ulong Buffer = 0x8000_4000;

    public const ushort Next = 1;
    public const ushort DeviceWrites = 2;
    public const ushort Indirect = 4;

    private const ulong Version1 = 1UL << 32;
    private const ulong IndirectDescriptors = 1UL << 28;

    private ushort _available;

    public uint QueueSize { get; private set; }

    public uint Status => Read(0x70);

    public uint InterruptStatus => Read(0x60);

    public ushort UsedIndex => BinaryPrimitives.ReadUInt16LittleEndian(memory.At(UsedRing + 2, 2));

    public byte RequestStatus => memory.At(StatusByte, 1)[0];

    public uint Read(ulong register) => (uint)device.Read(register, 4);

    public void Write(ulong register, uint value) => device.Write(register, value, 4);

    /// <summary>Brings the device up as the specification prescribes.</summary>
    public void Initialize(uint queueSize = 8, ulong features = Version1 | IndirectDescriptors)
    {
        QueueSize = queueSize;
        Write(0x70, 0);
        Write(0x70, 1);
        Write(0x70, 3);
        Write(0x24, 0);
        Write(0x20, (uint)features);
        Write(0x24, 1);
        Write(0x20, (uint)(features >> 32));
        Write(0x70, 11);
        Write(0x30, 0);
        Write(0x38, queueSize);
        WriteAddress(0x80, DescriptorTable);
        WriteAddress(0x90, AvailableRing);
        WriteAddress(0xA0, UsedRing);
        Write(0x44, 1);
        Write(0x70, 15);
    }

    public void WriteDescriptor(
        uint index, ulong address, uint byteCount, ushort flags, ushort next = 0, ulong table = DescriptorTable)
    {
        var descriptor = memory.At(table + (16 * index), 16);
        BinaryPrimitives.WriteUInt64LittleEndian(descriptor, address);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor[8..], byteCount);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[12..], flags);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[14..], next);
    }

    public void WriteHeader(uint type, ulong sector)
    {
        var header = memory.At(Header, 16);
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], sector);
        memory.At(StatusByte, 1)[0] = 0xFF;
    }

    /// <summary>Makes a chain available without telling the device.</summary>
    public void Offer(ushort head)
    {
        uint slot = _available & (QueueSize - 1);
        BinaryPrimitives.WriteUInt16LittleEndian(memory.At(AvailableRing + 4 + (2 * slot), 2), head);
        SetAvailableIndex(++_available);
    }

    public void SetAvailableIndex(ushort index) =>
        BinaryPrimitives.WriteUInt16LittleEndian(memory.At(AvailableRing + 2, 2), index);

    public void Notify() => Write(0x50, 0);

    /// <summary>Sends the usual chain of header, data and status and returns the request's status.</summary>
    public byte Request(uint type, ulong sector, uint dataByteCount)
    {
        bool isDeviceWriting = type is 0 or 8;
        WriteHeader(type, sector);
        WriteDescriptor(0, Header, 16, Next, next: 1);
        if (dataByteCount != 0)
        {
            WriteDescriptor(1, Buffer, dataByteCount, (ushort)(Next | (isDeviceWriting ? DeviceWrites : 0)), next: 2);
            WriteDescriptor(2, StatusByte, 1, DeviceWrites);
        }
        else
        {
            WriteDescriptor(1, StatusByte, 1, DeviceWrites);
        }

        Offer(0);
        Notify();
        return RequestStatus;
    }

    /// <summary>The entry of the used ring that was written last.</summary>
    public (uint Head, uint ByteCount) LastUsed()
    {
        ulong slot = (ulong)(UsedIndex - 1) & (QueueSize - 1);
        var element = memory.At(UsedRing + 4 + (8 * slot), 8);
        return (BinaryPrimitives.ReadUInt32LittleEndian(element), BinaryPrimitives.ReadUInt32LittleEndian(element[4..]));
    }

    private void WriteAddress(ulong register, ulong address)
    {
        Write(register, (uint)address);
        Write(register + 4, (uint)(address >> 32));
    }
}
