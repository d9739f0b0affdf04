using System.Buffers.Binary;
using Engine.Events.Vm;

namespace Engine.Emulator.Devices.Virtio;

/// <summary>A block device with one request queue.</summary>
public sealed class VirtioBlock : IVirtioFunction
{
    public const int SectorByteCount = 512;

    private const ulong FeatureSegMax = 1UL << 2;
    private const ulong FeatureReadOnly = 1UL << 5;
    private const ulong FeatureBlockSize = 1UL << 6;
    private const ulong FeatureFlush = 1UL << 9;

    private const uint RequestIn = 0;
    private const uint RequestOut = 1;
    private const uint RequestFlush = 4;
    private const uint RequestGetId = 8;

    private const byte StatusOk = 0;
    private const byte StatusIoError = 1;
    private const byte StatusUnsupported = 2;

    private const int HeaderByteCount = 16;
    private const int IdByteCount = 20;
    private const int TransferBufferByteCount = 64 * 1024;

    private readonly IBlockStorage _storage;
    private readonly IDeviceObserver? _observer;
    private readonly uint _deviceNumber;
    private readonly byte[] _configuration = new byte[60];
    private readonly byte[] _buffer = new byte[TransferBufferByteCount];

    /// <summary>Creates the device.</summary>
    /// <param name="storage">The medium; its contents are not part of a snapshot.</param>
    /// <param name="deviceNumber">Number of the device within the machine, for the observer.</param>
    /// <param name="observer">Told about each request that ended.</param>
    public VirtioBlock(IBlockStorage storage, uint deviceNumber = 0, IDeviceObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(storage);
        _storage = storage;
        _observer = observer;
        _deviceNumber = deviceNumber;
        BinaryPrimitives.WriteUInt64LittleEndian(_configuration, (ulong)(storage.ByteCount / SectorByteCount));

        // Two descriptors of a full queue go to the header and the status.
        BinaryPrimitives.WriteUInt32LittleEndian(_configuration.AsSpan(12), Virtqueue.MaxSize - 2);
        BinaryPrimitives.WriteUInt32LittleEndian(_configuration.AsSpan(20), SectorByteCount);
    }

    /// <inheritdoc/>
    public string Name => "virtio-block";

    /// <inheritdoc/>
    public uint DeviceId => 2;

    /// <inheritdoc/>
    public ulong Features =>
        FeatureSegMax | FeatureBlockSize | FeatureFlush | (_storage.IsReadOnly ? FeatureReadOnly : 0);

    /// <inheritdoc/>
    public int QueueCount => 1;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Configuration => _configuration;

    /// <summary>What the guest reads as the device's identity.</summary>
    private static ReadOnlySpan<byte> Id => "engine-disk0\0\0\0\0\0\0\0\0"u8;

    /// <inheritdoc/>
    public bool TryServe(DescriptorChain chain, out uint writtenByteCount)
    {
        ArgumentNullException.ThrowIfNull(chain);
        writtenByteCount = 0;
        Span<byte> header = stackalloc byte[HeaderByteCount];
        if (chain.WritableByteCount is 0 or > uint.MaxValue || !chain.TryRead(0, header))
            return false;

        uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
        ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        ulong dataByteCount = type == RequestOut ? chain.ReadableByteCount - HeaderByteCount : chain.WritableByteCount - 1;
        bool isMalformed;
        byte status;
        uint transferred = 0;
        try
        {
            isMalformed = !TryExecute(chain, type, sector, dataByteCount, ref transferred, out status);
        }
        catch (Exception)
        {
            // Whatever the medium throws, the guest's request failed and the machine goes on.
            isMalformed = false;
            status = StatusIoError;
        }

        if (isMalformed || !chain.TryWrite(chain.WritableByteCount - 1, [status]))
            return false;

        writtenByteCount = type == RequestOut ? 1 : transferred + 1;
        _observer?.IoCompleted(_deviceNumber, KindOf(type), type <= RequestOut ? sector * SectorByteCount : 0, transferred, status);
        return true;
    }

    private static DeviceIoKind KindOf(uint type) => type switch
    {
        RequestIn => DeviceIoKind.Read,
        RequestOut => DeviceIoKind.Write,
        RequestFlush => DeviceIoKind.Flush,
        _ => DeviceIoKind.Other,
    };

    /// <summary>Carries a request out; false when one of its buffers does not exist.</summary>
    private bool TryExecute(
        DescriptorChain chain, uint type, ulong sector, ulong dataByteCount, ref uint transferred, out byte status)
    {
        status = StatusOk;
        switch (type)
        {
            case RequestIn or RequestOut when !IsOnMedium(sector, dataByteCount):
            case RequestOut when _storage.IsReadOnly:
                status = StatusIoError;
                return true;
            case RequestIn:
                return TryReadMedium(chain, (long)sector * SectorByteCount, dataByteCount, ref transferred);
            case RequestOut:
                return TryWriteMedium(chain, (long)sector * SectorByteCount, dataByteCount, ref transferred);
            case RequestFlush:
                if (!_storage.IsReadOnly)
                    _storage.Flush();
                return true;
            case RequestGetId:
                transferred = (uint)Math.Min(dataByteCount, IdByteCount);
                return chain.TryWrite(0, Id[..(int)transferred]);
            default:
                status = StatusUnsupported;
                return true;
        }
    }

    private bool IsOnMedium(ulong sector, ulong byteCount)
    {
        ulong sectorCount = (ulong)_storage.ByteCount / SectorByteCount;
        return byteCount % SectorByteCount == 0
            && byteCount <= uint.MaxValue
            && sector <= sectorCount
            && byteCount / SectorByteCount <= sectorCount - sector;
    }

    private bool TryReadMedium(DescriptorChain chain, long mediumOffset, ulong byteCount, ref uint transferred)
    {
        while (transferred < byteCount)
        {
            var piece = _buffer.AsSpan(0, (int)Math.Min(byteCount - transferred, TransferBufferByteCount));
            _storage.Read(mediumOffset + transferred, piece);
            if (!chain.TryWrite(transferred, piece))
                return false;
            transferred += (uint)piece.Length;
        }

        return true;
    }

    private bool TryWriteMedium(DescriptorChain chain, long mediumOffset, ulong byteCount, ref uint transferred)
    {
        while (transferred < byteCount)
        {
            var piece = _buffer.AsSpan(0, (int)Math.Min(byteCount - transferred, TransferBufferByteCount));
            if (!chain.TryRead(HeaderByteCount + transferred, piece))
                return false;
            _storage.Write(mediumOffset + transferred, piece);
            transferred += (uint)piece.Length;
        }

        return true;
    }
}
