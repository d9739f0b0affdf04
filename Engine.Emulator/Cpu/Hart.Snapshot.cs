using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const int RegisterCount = 32;

    /// <summary>Writes the architectural state, between two instructions.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(Retired);
        writer.Write(Waited);
        writer.Write(Pc);
        writer.Write((byte)Mode);
        writer.Write(IsWaiting);
        writer.Write(_reservation);
        writer.Write(TrapsWithoutProgress);
        writer.Write(WatchedValue ?? 0);
        for (int index = 0; index < RegisterCount; index++)
            writer.Write(_state->X[index]);
        for (int index = 0; index < RegisterCount; index++)
            writer.Write(_state->F[index]);
        writer.Write((byte)FloatControl);
        foreach (ulong value in PlainState)
            writer.Write(value);
        _cycles.Save(writer);
        _instructions.Save(writer);
        _protection.Save(writer);
        Statistics.Save(writer);
        _mappings.Save(writer);
    }

    /// <summary>Sets the hart to what <see cref="Save"/> wrote and drops everything derived from the old state.</summary>
    public void Restore(BinaryReader reader)
    {
        ulong retired = reader.ReadUInt64();
        Waited = reader.ReadUInt64();
        _state->SliceEnd = retired;
        _state->Remaining = 0;
        _state->NotRetired = 0;
        _state->Pc = reader.ReadUInt64();
        Mode = (PrivilegeMode)reader.ReadByte();
        IsWaiting = reader.ReadBoolean();
        _reservation = reader.ReadUInt64();
        TrapsWithoutProgress = reader.ReadInt32();
        ulong watched = reader.ReadUInt64();
        WatchedValue = watched == 0 ? null : watched;
        for (int index = 0; index < RegisterCount; index++)
            _state->X[index] = reader.ReadUInt64();
        for (int index = 0; index < RegisterCount; index++)
            _state->F[index] = reader.ReadUInt64();
        FloatControl = reader.ReadByte();
        ulong[] plain = new ulong[PlainState.Length];
        for (int index = 0; index < plain.Length; index++)
            plain[index] = reader.ReadUInt64();
        PlainState = plain;
        _cycles.Restore(reader);
        _instructions.Restore(reader);
        _protection.Restore(reader);
        Statistics.Restore(reader);
        _mappings.Restore(reader);
        _passedMark = NoAddress;
        DropBlocks();
        ProtectionChanged();
    }

    /// <summary>The registers that are nothing but 64 bits, in the order of the snapshot format.</summary>
    private ulong[] PlainState
    {
        get =>
        [
            _satp, _lines, _softwarePending, _status, _exceptionDelegation, _interruptDelegation, _interruptEnable,
            _environment, _supervisorEnvironment, _machineCounters, _supervisorCounters, _inhibitedCounters,
            _mtvec, _mscratch, _mepc, _mcause, _mtval, _stvec, _sscratch, _sepc, _scause, _stval, _stimecmp,
            _lastTrapRetired,
        ];

        set
        {
            _satp = value[0];
            _lines = value[1];
            _softwarePending = value[2];
            _status = value[3];
            _exceptionDelegation = value[4];
            _interruptDelegation = value[5];
            _interruptEnable = value[6];
            _environment = value[7];
            _supervisorEnvironment = value[8];
            _machineCounters = value[9];
            _supervisorCounters = value[10];
            _inhibitedCounters = value[11];
            _mtvec = value[12];
            _mscratch = value[13];
            _mepc = value[14];
            _mcause = value[15];
            _mtval = value[16];
            _stvec = value[17];
            _sscratch = value[18];
            _sepc = value[19];
            _scause = value[20];
            _stval = value[21];
            _stimecmp = value[22];
            _lastTrapRetired = value[23];
        }
    }
}
