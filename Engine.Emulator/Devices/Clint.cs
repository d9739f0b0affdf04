using Engine.Emulator.Platform;

namespace Engine.Emulator.Devices;

/// <summary>The core-local interruptor of hart 0: software interrupt, <c>mtime</c> and <c>mtimecmp</c>.</summary>
public sealed class Clint(IInterruptLines lines, IMachineClock clock) : IMmioDevice, ITimerDevice
{
    private const ulong SoftwareInterruptOffset = 0x0000;
    private const ulong CompareOffset = 0x4000;
    private const ulong TimeOffset = 0xBFF8;
    private const int SoftwareInterruptCause = 3;
    private const int TimerInterruptCause = 7;

    private bool _softwareInterrupt;
    private ulong _compare = ulong.MaxValue;

    // mtime is writable although the clock behind it is not.
    private ulong _timeOffsetTicks;

    /// <inheritdoc/>
    public string Name => "clint";

    /// <inheritdoc/>
    public ulong BaseAddress => BoardLayout.ClintBase;

    /// <inheritdoc/>
    public ulong Size => BoardLayout.ClintSize;

    /// <summary>Current <c>mtime</c>, which the <c>time</c> CSR shows too.</summary>
    public ulong TimeTicks => clock.Ticks + _timeOffsetTicks;

    /// <inheritdoc/>
    public ulong NextDeadline
    {
        get
        {
            ulong now = clock.Ticks;
            ulong time = now + _timeOffsetTicks;
            if (time >= _compare)
                return ulong.MaxValue;

            ulong remaining = _compare - time;
            return remaining > ulong.MaxValue - now ? ulong.MaxValue : now + remaining;
        }
    }

    /// <inheritdoc/>
    public void Update(ulong ticks) =>
        lines.SetLine(TimerInterruptCause, ticks + _timeOffsetTicks >= _compare);

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        if (size < 4)
            return 0;

        return (offset & ~7UL) switch
        {
            SoftwareInterruptOffset => RegisterWindow.Extract(_softwareInterrupt ? 1UL : 0, offset, size),
            CompareOffset => RegisterWindow.Extract(_compare, offset, size),
            TimeOffset => RegisterWindow.Extract(TimeTicks, offset, size),
            _ => 0,
        };
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ulong value, int size)
    {
        if (size < 4)
            return;

        switch (offset & ~7UL)
        {
            // The upper word would belong to a second hart.
            case SoftwareInterruptOffset when (offset & 7) == 0:
                _softwareInterrupt = (value & 1) != 0;
                lines.SetLine(SoftwareInterruptCause, _softwareInterrupt);
                break;
            case CompareOffset:
                _compare = RegisterWindow.Insert(_compare, offset, value, size);
                TimerChanged();
                break;
            case TimeOffset:
                _timeOffsetTicks = RegisterWindow.Insert(TimeTicks, offset, value, size) - clock.Ticks;
                TimerChanged();
                break;
        }
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        writer.Write(_softwareInterrupt);
        writer.Write(_compare);
        writer.Write(_timeOffsetTicks);
    }

    /// <summary>Takes back a saved state. The clock has to be restored before.</summary>
    public void Restore(BinaryReader reader)
    {
        _softwareInterrupt = reader.ReadBoolean();
        _compare = reader.ReadUInt64();
        _timeOffsetTicks = reader.ReadUInt64();
        lines.SetLine(SoftwareInterruptCause, _softwareInterrupt);
        TimerChanged();
    }

    private void TimerChanged()
    {
        Update(clock.Ticks);
        clock.DeadlineChanged();
    }
}
