using Engine.Emulator.Platform;
using static Engine.Emulator.Devices.UartRegisters;

namespace Engine.Emulator.Devices;

/// <summary>
/// A 16550A UART. It transmits without delay, so its transmitter is always empty. It receives at the line's rate and only what fits
/// into the FIFO, so input is never lost to an overrun except in loopback. While the guest has not enabled the interrupt for received
/// data, one byte waits in the FIFO and no more, because drivers clear the FIFO when they start.
/// </summary>
public sealed class Uart16550 : IMmioDevice, IPolledDevice, ITimerDevice, IInterruptingDevice
{
    private const ulong TicksPerSecond = BoardLayout.TimebaseHz;

    private readonly IInterruptController _interrupts;
    private readonly ConsoleInput _input;
    private readonly Action<byte> _output;
    private readonly IMachineClock? _clock;
    private readonly UartReceiveFifo _receiver = new();

    private byte _interruptEnable;
    private byte _lineControl;
    private byte _modemControl;
    private byte _modemStatus = MsrCarrier | MsrDataSetReady | MsrClearToSend;
    private byte _scratch;
    private ushort _divisor = 12;
    private bool _transmitterEmptyPending;

    // When the line has brought the next byte. It begins when the guest first touches the UART.
    private ulong _nextByteTicks = ulong.MaxValue;

    /// <summary>Creates the board's console.</summary>
    /// <param name="interrupts">Controller whose source <see cref="BoardLayout.UartIrq"/> the UART drives.</param>
    /// <param name="input">Bytes for the guest.</param>
    /// <param name="output">Called on the vCPU's thread for each byte that the guest sends.</param>
    /// <param name="clock">The time that the line's rate is measured by; null for a line that is as fast as its reader.</param>
    public Uart16550(IInterruptController interrupts, ConsoleInput input, Action<byte> output, IMachineClock? clock = null)
    {
        ArgumentNullException.ThrowIfNull(interrupts);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        _interrupts = interrupts;
        _input = input;
        _output = output;
        _clock = clock;
    }

    /// <inheritdoc/>
    public string Name => "uart";

    /// <inheritdoc/>
    public int InterruptSource => BoardLayout.UartIrq;

    /// <inheritdoc/>
    public ulong BaseAddress => BoardLayout.UartBase;

    /// <inheritdoc/>
    public ulong Size => BoardLayout.UartSize;

    /// <inheritdoc/>
    public bool MayBecomeReady => _input.HasData || !_input.IsCompleted;

    /// <inheritdoc/>
    public ulong NextDeadline => _clock is not null && HasRoom && _input.HasData ? _nextByteTicks : ulong.MaxValue;

    private bool HasRoom =>
        !IsLoopback && !_receiver.IsFull
        && (_clock is null || _receiver.IsEmpty || (_interruptEnable & IerReceivedData) != 0);

    /// <summary>How long a byte takes on the line: a start bit, 5 to 8 bits, a parity bit, and one or two stop bits.</summary>
    private ulong TicksPerByte
    {
        get
        {
            ulong bits = 6UL + (ulong)(_lineControl & LcrDataBits) + ((_lineControl & LcrParity) != 0 ? 1UL : 0)
                + ((_lineControl & LcrTwoStopBits) != 0 ? 2UL : 1);
            return bits * 16 * _divisor * TicksPerSecond / BoardLayout.UartClockHz;
        }
    }

    private bool IsLoopback => (_modemControl & McrLoopback) != 0;

    private bool IsDivisorLatched => (_lineControl & LcrDivisorLatch) != 0;

    /// <inheritdoc/>
    public bool Poll()
    {
        if (!_input.HasData)
            return false;

        bool received = false;
        while (HasRoom && HasArrived() && _input.TryDequeue(out byte value))
        {
            _receiver.Receive(value);
            received = true;
            AwaitByte();
        }

        if (received)
            UpdateInterrupt();
        return received;
    }

    /// <inheritdoc/>
    public void Update(ulong ticks) => Poll();

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        StartLine();
        return Read(offset);
    }

    private ulong Read(ulong offset) => offset switch
    {
        Data => IsDivisorLatched ? (byte)_divisor : ReadReceived(),
        InterruptEnable => IsDivisorLatched ? (byte)(_divisor >> 8) : _interruptEnable,
        InterruptIdentification => ReadInterruptIdentification(),
        LineControl => _lineControl,
        ModemControl => _modemControl,
        LineStatus => ReadLineStatus(),
        ModemStatus => ReadModemStatus(),
        Scratch => _scratch,
        _ => 0,
    };

    /// <inheritdoc/>
    public void Write(ulong offset, ulong value, int size)
    {
        byte data = (byte)value;
        StartLine();
        switch (offset)
        {
            case Data when IsDivisorLatched:
                _divisor = (ushort)((_divisor & 0xFF00) | data);
                break;
            case Data:
                Transmit(data);
                break;
            case InterruptEnable when IsDivisorLatched:
                _divisor = (ushort)((_divisor & 0x00FF) | (data << 8));
                break;
            case InterruptEnable:
                WriteInterruptEnable(data);
                break;
            case InterruptIdentification:
                _receiver.WriteFifoControl(data);
                // What was under way when the FIFO was cleared comes after.
                AwaitByte();
                UpdateInterrupt();
                break;
            case LineControl:
                _lineControl = data;
                break;
            case ModemControl:
                WriteModemControl(data);
                break;
            case Scratch:
                _scratch = data;
                break;
        }
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        writer.Write(_interruptEnable);
        writer.Write(_lineControl);
        writer.Write(_modemControl);
        writer.Write(_modemStatus);
        writer.Write(_scratch);
        writer.Write(_divisor);
        writer.Write(_transmitterEmptyPending);
        _receiver.Save(writer);
    }

    /// <inheritdoc/>
    public void Restore(BinaryReader reader)
    {
        _interruptEnable = reader.ReadByte();
        _lineControl = reader.ReadByte();
        _modemControl = reader.ReadByte();
        _modemStatus = reader.ReadByte();
        _scratch = reader.ReadByte();
        _divisor = reader.ReadUInt16();
        _transmitterEmptyPending = reader.ReadBoolean();
        _receiver.Restore(reader);
        _nextByteTicks = 0;
    }

    private void StartLine()
    {
        if (_nextByteTicks == ulong.MaxValue)
            AwaitByte();
    }

    private void AwaitByte()
    {
        if (_clock is null)
            return;
        _nextByteTicks = _clock.Ticks + TicksPerByte;
        _clock.DeadlineChanged();
    }

    private bool HasArrived() => _clock is null || _clock.Ticks >= _nextByteTicks;

    private byte ReadReceived()
    {
        byte value = _receiver.Take();

        // Refilling here keeps a guest that drains the FIFO from waiting for the next poll.
        Poll();
        UpdateInterrupt();
        _clock?.DeadlineChanged();
        return value;
    }

    private byte ReadInterruptIdentification()
    {
        byte identification = Identify();

        // Reading it acknowledges this cause, and only when it is the one reported.
        if (identification == IirTransmitterEmpty)
        {
            _transmitterEmptyPending = false;
            UpdateInterrupt();
        }

        return (byte)(identification | (_receiver.IsFifoEnabled ? IirFifosEnabled : 0));
    }

    private byte ReadLineStatus()
    {
        Poll();
        byte status = LsrTransmitterEmpty;
        if (!_receiver.IsEmpty)
            status |= LsrDataReady;
        if (_receiver.TakeOverrun())
        {
            status |= LsrOverrun;
            UpdateInterrupt();
        }

        return status;
    }

    private byte ReadModemStatus()
    {
        byte status = _modemStatus;
        _modemStatus &= 0xF0;
        UpdateInterrupt();
        return status;
    }

    private void Transmit(byte data)
    {
        if (IsLoopback)
            _receiver.Receive(data);
        else
            _output(data);
        _transmitterEmptyPending = true;
        UpdateInterrupt();
    }

    private void WriteInterruptEnable(byte value)
    {
        byte enabled = (byte)(value & ~_interruptEnable);
        _interruptEnable = (byte)(value & IerMask);

        // Enabling the cause while the transmitter is empty raises it at once; drivers start transmission by that.
        if ((enabled & IerTransmitterEmpty) != 0)
            _transmitterEmptyPending = true;
        UpdateInterrupt();
        _clock?.DeadlineChanged();
    }

    private void WriteModemControl(byte value)
    {
        _modemControl = (byte)(value & McrMask);
        byte lines = MsrCarrier | MsrDataSetReady | MsrClearToSend;
        if (IsLoopback)
        {
            lines = (byte)(((value & McrRts) != 0 ? MsrClearToSend : 0)
                | ((value & McrDtr) != 0 ? MsrDataSetReady : 0)
                | ((value & McrOut1) != 0 ? MsrRing : 0)
                | ((value & McrOut2) != 0 ? MsrCarrier : 0));
        }

        int changed = (_modemStatus ^ lines) & 0xF0;
        int deltas = (changed >> 4) & ~MsrTrailingRing;

        // Of the ring indicator only the end of a ring counts as a change.
        if ((changed & MsrRing) != 0 && (lines & MsrRing) == 0)
            deltas |= MsrTrailingRing;
        _modemStatus = (byte)((_modemStatus & 0x0F) | deltas | lines);
        UpdateInterrupt();
    }

    /// <summary>The pending and enabled cause of the highest priority.</summary>
    private byte Identify()
    {
        if ((_interruptEnable & IerLineStatus) != 0 && _receiver.HasOverrun)
            return IirLineStatus;
        if ((_interruptEnable & IerReceivedData) != 0 && !_receiver.IsEmpty)
            return _receiver.IsTriggered ? IirReceivedData : IirCharacterTimeout;
        if ((_interruptEnable & IerTransmitterEmpty) != 0 && _transmitterEmptyPending)
            return IirTransmitterEmpty;
        if ((_interruptEnable & IerModemStatus) != 0 && (_modemStatus & 0x0F) != 0)
            return IirModemStatus;
        return IirNone;
    }

    private void UpdateInterrupt() => _interrupts.SetSource(BoardLayout.UartIrq, Identify() != IirNone);
}
