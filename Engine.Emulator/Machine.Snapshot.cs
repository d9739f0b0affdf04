using System.Security.Cryptography;
using System.Text;
using Engine.Emulator.Devices;
using Engine.Emulator.Memory;

namespace Engine.Emulator;

public sealed partial class Machine
{
    private static readonly byte[] SnapshotMagic = Encoding.ASCII.GetBytes("RV64SNAP");
    private const uint SnapshotVersion = 4;

    private ulong _snapshotCount;

    /// <summary>
    /// Writes the whole machine to a stream: harts, RAM without its zero frames, and devices. Media behind devices
    /// are not part of it. The machine can run on afterwards.
    /// </summary>
    /// <exception cref="InvalidOperationException">Harts on threads are running.</exception>
    /// <exception cref="IOException">The stream fails, or more than 2 GiB of RAM are in use.</exception>
    public MachineSnapshot SaveSnapshot(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using UseGate.Use use = Enter();
        ThrowIfThreadsRun();
        _snapshotCount++;
        using var payload = new MemoryStream();
        using (var writer = new BinaryWriter(payload, Encoding.UTF8, leaveOpen: true))
            SaveState(writer);

        ReadOnlySpan<byte> bytes = payload.GetBuffer().AsSpan(0, (int)payload.Length);
        using var header = new BinaryWriter(destination, Encoding.UTF8, leaveOpen: true);
        header.Write(SnapshotMagic);
        header.Write(SnapshotVersion);
        header.Write(_snapshotCount);
        header.Write(bytes.Length);
        header.Write(SHA256.HashData(bytes));
        header.Write(bytes);
        var snapshot = new MachineSnapshot(_snapshotCount, (ulong)(SnapshotHeaderSize + bytes.Length));
        _events.SnapshotCreated(snapshot.Id, snapshot.ByteCount);
        return snapshot;
    }

    /// <summary>Sets the machine back to a snapshot. The machine must have the same RAM size, time base, harts and devices.</summary>
    /// <exception cref="InvalidOperationException">Harts on threads are running.</exception>
    /// <exception cref="InvalidDataException">
    /// The data is not an undamaged snapshot of such a machine; the machine is unchanged unless a device refuses its state.
    /// </exception>
    public MachineSnapshot RestoreSnapshot(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        using UseGate.Use use = Enter();
        ThrowIfThreadsRun();
        using var header = new BinaryReader(source, Encoding.UTF8, leaveOpen: true);
        byte[] payload;
        ulong id;
        try
        {
            id = ReadHeader(header, out int length, out byte[] checksum);
            payload = header.ReadBytes(length);
            if (payload.Length != length || !SHA256.HashData(payload).AsSpan().SequenceEqual(checksum))
                throw new InvalidDataException("The snapshot is damaged: its checksum does not match.");
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("The snapshot is truncated.", exception);
        }

        using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
        RestoreState(reader);
        _snapshotCount = id;
        var snapshot = new MachineSnapshot(id, (ulong)(SnapshotHeaderSize + payload.Length));
        _events.SnapshotRestored(snapshot.Id, snapshot.ByteCount);
        return snapshot;
    }

    /// <summary>Deletes a snapshot file and reports it.</summary>
    /// <exception cref="InvalidDataException">The file is not a snapshot; it is left alone.</exception>
    /// <exception cref="IOException">The file cannot be read or deleted.</exception>
    public void DeleteSnapshot(string path)
    {
        using UseGate.Use use = Enter();
        ulong id;
        ulong byteCount;
        using (var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8))
        {
            try
            {
                id = ReadHeader(reader, out _, out _);
            }
            catch (EndOfStreamException exception)
            {
                throw new InvalidDataException($"{path} is not a snapshot.", exception);
            }

            byteCount = (ulong)reader.BaseStream.Length;
        }

        File.Delete(path);
        _events.SnapshotDeleted(id, byteCount);
    }

    /// <summary>Reports that a snapshot was deleted that was kept elsewhere.</summary>
    internal void ReportSnapshotDeleted(MachineSnapshot snapshot)
    {
        using UseGate.Use use = Enter();
        _events.SnapshotDeleted(snapshot.Id, snapshot.ByteCount);
    }

    private void ThrowIfThreadsRun()
    {
        if (_areThreadsRunning)
        {
            throw new InvalidOperationException(
                $"A snapshot is of one moment, and the {_cpus.Length} harts of this machine are running on threads of their own; " +
                "stop it first.");
        }
    }

    private static int SnapshotHeaderSize =>
        SnapshotMagic.Length + sizeof(uint) + sizeof(ulong) + sizeof(int) + SHA256.HashSizeInBytes;

    private static ulong ReadHeader(BinaryReader reader, out int length, out byte[] checksum)
    {
        if (!reader.ReadBytes(SnapshotMagic.Length).AsSpan().SequenceEqual(SnapshotMagic))
            throw new InvalidDataException("The data is not a snapshot of this machine.");
        uint version = reader.ReadUInt32();
        if (version != SnapshotVersion)
            throw new InvalidDataException($"The snapshot has version {version}; this machine reads version {SnapshotVersion}.");
        ulong id = reader.ReadUInt64();
        length = reader.ReadInt32();
        checksum = reader.ReadBytes(SHA256.HashSizeInBytes);
        if (length < 0 || checksum.Length != SHA256.HashSizeInBytes)
            throw new InvalidDataException("The snapshot is damaged: its header is invalid.");
        return id;
    }

    private void SaveState(BinaryWriter writer, bool withMemory = true)
    {
        writer.Write(_options.RamSize);
        writer.Write(_options.InstructionsPerTick);
        writer.Write(_bus.Devices.Count);
        foreach (IMmioDevice device in _bus.Devices)
            writer.Write(device.Name);
        writer.Write(_idleTicks);
        writer.Write(_stuck);
        writer.Write(_cpus.Length);
        SaveTurn(writer);
        foreach (VirtualCpu cpu in _cpus)
        {
            writer.Write(cpu.Events.Ordinal);
            cpu.Hart.Save(writer);
        }

        if (withMemory)
            Memory.Save(writer);
        foreach (IMmioDevice device in _bus.Devices)
            device.Save(writer);
    }

    private void RestoreState(BinaryReader reader, MemoryImage? memory = null)
    {
        ulong ramSize = reader.ReadUInt64();
        int instructionsPerTick = reader.ReadInt32();
        if (ramSize != _options.RamSize || instructionsPerTick != _options.InstructionsPerTick)
        {
            throw new InvalidDataException(
                $"The snapshot is of a machine with {ramSize} bytes of RAM and {instructionsPerTick} instructions per tick; this one " +
                $"has {_options.RamSize} and {_options.InstructionsPerTick}.");
        }

        var names = new string[reader.ReadInt32()];
        for (int index = 0; index < names.Length; index++)
            names[index] = reader.ReadString();
        if (!names.SequenceEqual(_bus.Devices.Select(device => device.Name)))
        {
            throw new InvalidDataException(
                $"The snapshot is of a machine with the devices {string.Join(", ", names)}; this one has " +
                $"{string.Join(", ", _bus.Devices.Select(device => device.Name))}.");
        }

        ulong idleTicks = reader.ReadUInt64();
        bool isStuck = reader.ReadBoolean();
        int hartCount = reader.ReadInt32();
        if (hartCount != _cpus.Length)
            throw new InvalidDataException($"The snapshot is of a machine with {hartCount} harts; this one has {_cpus.Length}.");
        _idleTicks = idleTicks;
        _stuck = isStuck;
        ulong ticks = RestoreTurn(reader);
        foreach (VirtualCpu cpu in _cpus)
        {
            cpu.Events.Ordinal = reader.ReadUInt32();
            cpu.Hart.Restore(reader);
        }

        SetTicksOfHarts(ticks);
        if (memory is null)
            Memory.Restore(reader);
        else
            Memory.Restore(memory);
        foreach (IMmioDevice device in _bus.Devices)
            device.Restore(reader);
        _deadlineChanged = true;
    }
}
