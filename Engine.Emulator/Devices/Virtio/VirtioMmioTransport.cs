using Engine.Emulator.Platform;
using static Engine.Emulator.Devices.Virtio.VirtioRegisters;

namespace Engine.Emulator.Devices.Virtio;

/// <summary>
/// The modern virtio-mmio transport in one of the board's slots. Requests are served within the store that
/// notifies the queue, so that a run is the same every time.
/// </summary>
public sealed class VirtioMmioTransport : IMmioDevice, IInterruptingDevice
{
    private const uint UsedBufferInterrupt = 1;
    private const uint ConfigurationInterrupt = 2;

    private readonly IInterruptController _interrupts;
    private readonly IVirtioFunction _function;
    private readonly Virtqueue[] _queues;
    private readonly int _irq;

    private VirtioStatus _status;
    private ulong _driverFeatures;
    private uint _deviceFeaturesSelector;
    private uint _driverFeaturesSelector;
    private uint _queueSelector;
    private uint _interruptStatus;

    /// <summary>Plugs a device into a slot.</summary>
    /// <param name="slot">Slot number, from 0; it fixes the address and the interrupt.</param>
    /// <param name="interrupts">Controller that takes the slot's interrupt.</param>
    /// <param name="memory">RAM for queues and buffers.</param>
    /// <param name="function">The device behind the transport.</param>
    public VirtioMmioTransport(int slot, IInterruptController interrupts, IGuestMemory memory, IVirtioFunction function)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, BoardLayout.VirtioSlotCount);
        ArgumentNullException.ThrowIfNull(interrupts);
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(function);
        _interrupts = interrupts;
        _function = function;
        _irq = BoardLayout.VirtioSlotIrq(slot);
        _queues = new Virtqueue[function.QueueCount];
        for (int index = 0; index < _queues.Length; index++)
            _queues[index] = new Virtqueue(memory);
        Name = $"{function.Name}{slot}";
        BaseAddress = BoardLayout.VirtioSlotBase(slot);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ulong BaseAddress { get; }

    /// <inheritdoc/>
    public ulong Size => BoardLayout.VirtioSlotSize;

    /// <inheritdoc/>
    public int InterruptSource => _irq;

    private ulong OfferedFeatures =>
        _function.Features | VirtioFeatures.Version1 | VirtioFeatures.IndirectDescriptors;

    private Virtqueue? SelectedQueue => _queueSelector < _queues.Length ? _queues[_queueSelector] : null;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        if (offset >= Config)
            return ReadConfiguration(offset - Config, size);
        if (size != 4)
            return 0;

        return offset switch
        {
            MagicValue => Magic,
            VirtioRegisters.Version => ModernVersion,
            DeviceId => _function.DeviceId,
            VendorId => Vendor,
            DeviceFeatures => _deviceFeaturesSelector < 2 ? (uint)(OfferedFeatures >> (32 * (int)_deviceFeaturesSelector)) : 0,
            QueueNumMax => SelectedQueue is null ? 0 : Virtqueue.MaxSize,
            QueueReady => SelectedQueue is { IsReady: true } ? 1u : 0,
            InterruptStatus => _interruptStatus,
            Status => (ulong)_status,

            // There is no shared memory: its length and address read as all ones.
            >= ShmLenLow and <= ShmBaseHigh => uint.MaxValue,
            _ => 0,
        };
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ulong value, int size)
    {
        if (size != 4)
            return;

        uint word = (uint)value;
        switch (offset)
        {
            case DeviceFeaturesSel:
                _deviceFeaturesSelector = word;
                break;
            case DriverFeaturesSel:
                _driverFeaturesSelector = word;
                break;
            case DriverFeatures when _driverFeaturesSelector < 2 && !_status.HasFlag(VirtioStatus.FeaturesOk):
                _driverFeatures = RegisterWindow.Insert(_driverFeatures, 4 * _driverFeaturesSelector, word, 4);
                break;
            case QueueSel:
                _queueSelector = word;
                break;
            case QueueNotify:
                Notify(word);
                break;
            case InterruptAck:
                SetInterruptStatus(_interruptStatus & ~word);
                break;
            case Status:
                WriteStatus((VirtioStatus)word);
                break;
            default:
                if (SelectedQueue is { } queue)
                    WriteQueue(queue, offset, word);
                break;
        }
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        writer.Write((byte)_status);
        writer.Write(_driverFeatures);
        writer.Write(_deviceFeaturesSelector);
        writer.Write(_driverFeaturesSelector);
        writer.Write(_queueSelector);
        writer.Write(_interruptStatus);
        foreach (var queue in _queues)
            queue.Save(writer);
    }

    /// <inheritdoc/>
    public void Restore(BinaryReader reader)
    {
        _status = (VirtioStatus)reader.ReadByte();
        _driverFeatures = reader.ReadUInt64();
        _deviceFeaturesSelector = reader.ReadUInt32();
        _driverFeaturesSelector = reader.ReadUInt32();
        _queueSelector = reader.ReadUInt32();
        _interruptStatus = reader.ReadUInt32();
        foreach (var queue in _queues)
            queue.Restore(reader);
    }

    private static void WriteQueue(Virtqueue queue, ulong offset, uint word)
    {
        switch (offset)
        {
            case QueueNum:
                queue.SetSize(word);
                break;
            case QueueReady:
                queue.SetReady((word & 1) != 0);
                break;
            case QueueDescLow or QueueDescHigh when !queue.IsReady:
                queue.DescriptorAddress = RegisterWindow.Insert(queue.DescriptorAddress, offset, word, 4);
                break;
            case QueueDriverLow or QueueDriverHigh when !queue.IsReady:
                queue.DriverAddress = RegisterWindow.Insert(queue.DriverAddress, offset, word, 4);
                break;
            case QueueDeviceLow or QueueDeviceHigh when !queue.IsReady:
                queue.DeviceAddress = RegisterWindow.Insert(queue.DeviceAddress, offset, word, 4);
                break;
        }
    }

    private ulong ReadConfiguration(ulong offset, int size)
    {
        var configuration = _function.Configuration;
        ulong value = 0;
        for (int index = 0; index < size && offset + (ulong)index < (ulong)configuration.Length; index++)
            value |= (ulong)configuration[(int)offset + index] << (8 * index);
        return value;
    }

    private void WriteStatus(VirtioStatus status)
    {
        if (status == VirtioStatus.None)
        {
            ResetDevice();
            return;
        }

        // The driver cannot take back the device's call for a reset, nor set it.
        status = (status & ~VirtioStatus.NeedsReset) | (_status & VirtioStatus.NeedsReset);

        // Like QEMU, a driver that never acknowledges version 1 is accepted: xv6 does not.
        bool agrees = (_driverFeatures & ~OfferedFeatures) == 0;
        _status = agrees ? status : status & ~VirtioStatus.FeaturesOk;
    }

    private void ResetDevice()
    {
        _status = VirtioStatus.None;
        _driverFeatures = 0;
        _deviceFeaturesSelector = 0;
        _driverFeaturesSelector = 0;
        _queueSelector = 0;
        foreach (var queue in _queues)
            queue.Reset();
        SetInterruptStatus(0);
    }

    private void Notify(uint queueIndex)
    {
        const VirtioStatus Running = VirtioStatus.DriverOk | VirtioStatus.FeaturesOk;
        const VirtioStatus Broken = VirtioStatus.NeedsReset | VirtioStatus.Failed;
        if (queueIndex >= _queues.Length || (_status & (Running | Broken)) != Running)
            return;

        var queue = _queues[queueIndex];
        if (!queue.IsReady)
            return;

        if (!TryServeAll(queue))
        {
            _status |= VirtioStatus.NeedsReset;
            SetInterruptStatus(_interruptStatus | ConfigurationInterrupt);
        }
    }

    private bool TryServeAll(Virtqueue queue)
    {
        bool allowIndirect = (_driverFeatures & VirtioFeatures.IndirectDescriptors) != 0;

        // A buffer may lie over the ring itself and grow it while it is served; one pass has to end.
        for (uint served = 0; served < queue.Size; served++)
        {
            switch (queue.Take(allowIndirect, out var chain))
            {
                case VirtqueueTake.Empty:
                    return true;
                case VirtqueueTake.Malformed:
                    return false;
            }

            if (!_function.TryServe(chain, out uint writtenByteCount)
                || !queue.TryReturn(chain, writtenByteCount, out bool wantsInterrupt))
                return false;
            if (wantsInterrupt)
                SetInterruptStatus(_interruptStatus | UsedBufferInterrupt);
        }

        return true;
    }

    private void SetInterruptStatus(uint status)
    {
        _interruptStatus = status;
        _interrupts.SetSource(_irq, status != 0);
    }
}
