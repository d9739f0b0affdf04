using Engine.Emulator.Platform;

namespace Engine.Emulator.Devices;

/// <summary>The core-local interruptor: software interrupts and <c>mtimecmp</c> of each hart, and <c>mtime</c>.</summary>
public sealed class Clint : IMmioDevice, ITimerDevice
{
    private const ulong SoftwareInterruptOffset = 0x0000;
    private const ulong CompareOffset = 0x4000;
    private const ulong TimeOffset = 0xBFF8;
    private const int SoftwareInterruptCause = 3;
    private const int TimerInterruptCause = 7;

    private readonly IInterruptLines[] _lines;
    private readonly IMachineClock _clock;
    private readonly bool[] _softwareInterrupts;
    private readonly ulong[] _compares;

    // mtime is writable although the clock behind it is not.
    private ulong _timeOffsetTicks;

    /// <summary>Creates the interruptor of a machine with one hart.</summary>
    public Clint(IInterruptLines lines, IMachineClock clock)
        : this([lines], clock)
    {
    }

    /// <summary>Creates the interruptor.</summary>
    /// <param name="lines">The interrupt inputs of the harts, in the order of their numbers.</param>
    /// <param name="clock">The machine's time.</param>
    public Clint(IReadOnlyList<IInterruptLines> lines, IMachineClock clock)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(clock);
        _lines = [.. lines];
        _clock = clock;
        _softwareInterrupts = new bool[_lines.Length];
        _compares = new ulong[_lines.Length];
        Array.Fill(_compares, ulong.MaxValue);
    }

    /// <inheritdoc/>
    public string Name => "clint";

    /// <inheritdoc/>
    public ulong BaseAddress => BoardLayout.ClintBase;

    /// <inheritdoc/>
    public ulong Size => BoardLayout.ClintSize;

    /// <summary>Current <c>mtime</c>, which the <c>time</c> CSR shows too.</summary>
    public ulong TimeTicks => _clock.Ticks + _timeOffsetTicks;

    /// <inheritdoc/>
    public ulong NextDeadline
    {
        get
        {
            ulong now = _clock.Ticks;
            ulong time = now + _timeOffsetTicks;
            ulong next = ulong.MaxValue;
            foreach (ulong compare in _compares)
            {
                ulong remaining = compare - time;
                if (time < compare && remaining <= ulong.MaxValue - now)
                    next = Math.Min(next, now + remaining);
            }

            return next;
        }
    }

    /// <inheritdoc/>
    public void Update(ulong ticks)
    {
        for (int hart = 0; hart < _lines.Length; hart++)
            _lines[hart].SetLine(TimerInterruptCause, ticks + _timeOffsetTicks >= _compares[hart]);
    }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        if (size < 4)
            return 0;

        if (TryGetHart(offset, SoftwareInterruptOffset, sizeof(uint), out int hart))
            return SoftwareInterrupt(hart) | (size == sizeof(ulong) ? SoftwareInterrupt(hart + 1) << 32 : 0);
        if (TryGetHart(offset, CompareOffset, sizeof(ulong), out hart))
            return RegisterWindow.Extract(_compares[hart], offset, size);
        return (offset & ~7UL) == TimeOffset ? RegisterWindow.Extract(TimeTicks, offset, size) : 0;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ulong value, int size)
    {
        if (size < 4)
            return;

        if (TryGetHart(offset, SoftwareInterruptOffset, sizeof(uint), out int hart))
        {
            SetSoftwareInterrupt(hart, (value & 1) != 0);
            if (size == sizeof(ulong) && hart + 1 < _lines.Length)
                SetSoftwareInterrupt(hart + 1, ((value >> 32) & 1) != 0);
        }
        else if (TryGetHart(offset, CompareOffset, sizeof(ulong), out hart))
        {
            _compares[hart] = RegisterWindow.Insert(_compares[hart], offset, value, size);
            TimerChanged();
        }
        else if ((offset & ~7UL) == TimeOffset)
        {
            _timeOffsetTicks = RegisterWindow.Insert(TimeTicks, offset, value, size) - _clock.Ticks;
            TimerChanged();
        }
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        for (int hart = 0; hart < _lines.Length; hart++)
        {
            writer.Write(_softwareInterrupts[hart]);
            writer.Write(_compares[hart]);
        }

        writer.Write(_timeOffsetTicks);
    }

    /// <summary>Takes back a saved state. The clock has to be restored before.</summary>
    public void Restore(BinaryReader reader)
    {
        for (int hart = 0; hart < _lines.Length; hart++)
        {
            SetSoftwareInterrupt(hart, reader.ReadBoolean());
            _compares[hart] = reader.ReadUInt64();
        }

        _timeOffsetTicks = reader.ReadUInt64();
        TimerChanged();
    }

    private bool TryGetHart(ulong offset, ulong first, ulong stride, out int hart)
    {
        bool found = offset >= first && (offset - first) / stride < (ulong)_lines.Length;
        hart = found ? (int)((offset - first) / stride) : 0;
        return found;
    }

    private ulong SoftwareInterrupt(int hart) => hart < _lines.Length && _softwareInterrupts[hart] ? 1UL : 0;

    private void SetSoftwareInterrupt(int hart, bool asserted)
    {
        _softwareInterrupts[hart] = asserted;
        _lines[hart].SetLine(SoftwareInterruptCause, asserted);
    }

    private void TimerChanged()
    {
        Update(_clock.Ticks);
        _clock.DeadlineChanged();
    }
}
