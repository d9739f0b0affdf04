using System.Text;

namespace Engine.Emulator;

/// <summary>
/// A machine, how far its journal was with each of its streams, and how far subscribers were, all of one instant and durable. Immutable.
/// </summary>
public sealed class MachineCheckpoint
{
    internal const int SchemaVersion = 1;

    private readonly ReadOnlyMemory<byte> _snapshot;

    internal MachineCheckpoint(
        ulong retired, string journal, IReadOnlyList<MachineStreamPlace> streams, IReadOnlyDictionary<string, long> subscribers,
        ulong snapshotId, ReadOnlyMemory<byte> snapshot)
    {
        Snapshot = new MachineSnapshot(snapshotId, (ulong)snapshot.Length);
        RetiredInstructions = retired;
        JournalDirectory = journal;
        Streams = streams;
        Subscribers = subscribers;
        _snapshot = snapshot;
    }

    /// <summary>Instructions that the machine had retired.</summary>
    public ulong RetiredInstructions { get; }

    /// <summary>The folder of the journal that has what happened before; empty where the machine was not recorded.</summary>
    public string JournalDirectory { get; }

    /// <summary>How far its producers were with each event type: what has a lower sequence is before this instant.</summary>
    public IReadOnlyList<MachineStreamPlace> Streams { get; }

    /// <summary>How far subscribers were, by name, as their owner said it.</summary>
    public IReadOnlyDictionary<string, long> Subscribers { get; }

    /// <summary>The snapshot of the machine.</summary>
    public MachineSnapshot Snapshot { get; }

    /// <summary>
    /// Sets a machine of the same kind to this instant, in this process or a later one. What it runs from here, with the same input, causes
    /// the same events as before, unless its harts run on threads; in another process their sequences begin anew.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <exception cref="InvalidDataException">It has other memory, harts or devices, or the snapshot is damaged.</exception>
    public MachineSnapshot RestoreTo(Machine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return machine.RestoreSnapshot(new MemoryStream(_snapshot.ToArray(), writable: false));
    }

    internal static List<MachineStreamPlace> PlacesOf(MachineCut cut) =>
    [
        .. cut.Positions.SelectMany(static position => position.Lanes.Select(
            lane => new MachineStreamPlace(position.Producer.Id, position.Producer.Name, lane.EventType, lane.Sequence))),
    ];

    internal byte[] Write()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(RetiredInstructions);
        writer.Write(JournalDirectory);
        writer.Write(Streams.Count);
        foreach (MachineStreamPlace place in Streams)
        {
            writer.Write(place.ProducerId);
            writer.Write(place.ProducerName);
            writer.Write(place.EventType);
            writer.Write(place.NextSequence);
        }

        writer.Write(Subscribers.Count);
        foreach ((string name, long place) in Subscribers)
        {
            writer.Write(name);
            writer.Write(place);
        }

        writer.Write(Snapshot.Id);
        writer.Write(_snapshot.Length);
        writer.Write(_snapshot.Span);
        writer.Flush();
        return bytes.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no checkpoint.</exception>
    internal static MachineCheckpoint Read(byte[] bytes)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
            ulong retired = reader.ReadUInt64();
            string journal = reader.ReadString();
            var streams = new List<MachineStreamPlace>();
            for (int left = reader.ReadInt32(); left > 0; left--)
                streams.Add(new MachineStreamPlace(reader.ReadInt32(), reader.ReadString(), reader.ReadString(), reader.ReadInt64()));
            var subscribers = new Dictionary<string, long>(StringComparer.Ordinal);
            for (int left = reader.ReadInt32(); left > 0; left--)
                subscribers.Add(reader.ReadString(), reader.ReadInt64());
            ulong id = reader.ReadUInt64();
            int length = reader.ReadInt32();
            byte[] snapshot = reader.ReadBytes(length);
            return snapshot.Length == length
                ? new MachineCheckpoint(retired, journal, streams, subscribers, id, snapshot)
                : throw new InvalidDataException("The checkpoint of the machine is truncated.");
        }
        catch (Exception error) when (error is EndOfStreamException or ArgumentException or FormatException)
        {
            throw new InvalidDataException("The bytes are no checkpoint of a machine.", error);
        }
    }
}

/// <summary>How far a producer was with events of one type.</summary>
/// <param name="ProducerId">The producer.</param>
/// <param name="ProducerName">Its name.</param>
/// <param name="EventType">The event type.</param>
/// <param name="NextSequence">The sequence of the first event behind the instant.</param>
public readonly record struct MachineStreamPlace(int ProducerId, string ProducerName, string EventType, long NextSequence);
