using System.Buffers.Binary;
using System.Text;

namespace Engine.Tests.Emulator.Profiling;

/// <summary>One event of a track.</summary>
internal readonly record struct TraceEvent(ulong Time, int Type, string Name, ulong Value, double Real, ulong Flow);

/// <summary>Reads a trace from its bytes, strictly: what it does not know, or what contradicts itself, fails.</summary>
internal sealed class PerfettoReader
{
    public const int SliceBegin = 1;
    public const int SliceEnd = 2;
    public const int CounterValue = 4;

    // Names by sequence and id; a sequence's hold from its packet that clears them.
    private readonly Dictionary<(ulong Sequence, ulong Id), string> _names = [];
    private readonly HashSet<ulong> _sequences = [];

    private PerfettoReader()
    {
    }

    public Dictionary<ulong, string> TrackNames { get; } = [];

    public Dictionary<ulong, ulong> Parents { get; } = [];

    public Dictionary<ulong, List<TraceEvent>> Events { get; } = [];

    public static PerfettoReader Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new PerfettoReader();
        while (!bytes.IsEmpty)
        {
            (int field, int type, ulong value) = Next(ref bytes, out ReadOnlySpan<byte> packet);
            Assert.That((field, type), Is.EqualTo((1, 2)), "a trace has packets only");
            Assert.That(value, Is.EqualTo((ulong)packet.Length));
            reader.ReadPacket(packet);
        }

        return reader;
    }

    public List<TraceEvent> Track(string name) =>
        Events.GetValueOrDefault(TrackNames.Single(track => track.Value == name).Key, []);

    /// <summary>The slices of a track, checked for their order and nesting.</summary>
    public List<(string Name, ulong Start, ulong End, int Depth)> Slices(string track)
    {
        var open = new Stack<TraceEvent>();
        var slices = new List<(string, ulong, ulong, int)>();
        ulong last = 0;
        foreach (TraceEvent next in Track(track))
        {
            Assert.That(next.Time, Is.GreaterThanOrEqualTo(last), "time goes on");
            last = next.Time;
            if (next.Type == SliceBegin)
            {
                open.Push(next);
                continue;
            }

            Assert.That(next.Type, Is.EqualTo(SliceEnd));
            TraceEvent begin = open.Pop();
            slices.Add((begin.Name, begin.Time, next.Time, open.Count));
        }

        Assert.That(open, Is.Empty, "all slices end");
        return slices;
    }

    private void ReadPacket(ReadOnlySpan<byte> packet)
    {
        ulong time = 0;
        ulong flags = 0;
        ulong sequence = 0;
        ReadOnlySpan<byte> trackEvent = default;
        ReadOnlySpan<byte> names = default;
        while (!packet.IsEmpty)
        {
            (int field, _, ulong value) = Next(ref packet, out ReadOnlySpan<byte> contents);
            switch (field)
            {
                case 8:
                    time = value;
                    break;
                case 10:
                    sequence = value;
                    break;
                case 11:
                    trackEvent = contents;
                    break;
                case 12:
                    names = contents;
                    break;
                case 13:
                    flags = value;
                    break;
                case 60:
                    ReadDescriptor(contents);
                    break;
                default:
                    Assert.Fail($"packet field {field}");
                    break;
            }
        }

        Assert.That(sequence, Is.Positive);
        if ((flags & 1) != 0)
            Assert.That(_sequences.Add(sequence), Is.True, "a sequence begins once");
        Assert.That(_sequences, Contains.Item(sequence), "names hold from a packet that clears them");
        Assert.That(flags & 2, Is.Not.Zero);
        ReadNames(names, sequence);
        if (!trackEvent.IsEmpty)
            ReadEvent(trackEvent, time, sequence);
    }

    private void ReadNames(ReadOnlySpan<byte> data, ulong sequence)
    {
        while (!data.IsEmpty)
        {
            Assert.That(Next(ref data, out ReadOnlySpan<byte> entry).Field, Is.EqualTo(2));
            ulong id = Next(ref entry, out _).Value;
            Next(ref entry, out ReadOnlySpan<byte> name);
            _names.Add((sequence, id), Encoding.UTF8.GetString(name));
        }
    }

    private void ReadDescriptor(ReadOnlySpan<byte> descriptor)
    {
        ulong track = 0;
        while (!descriptor.IsEmpty)
        {
            (int field, _, ulong value) = Next(ref descriptor, out ReadOnlySpan<byte> contents);
            if (field == 1)
                track = value;
            else if (field == 2)
                TrackNames.Add(track, Encoding.UTF8.GetString(contents));
            else if (field == 5)
                Parents.Add(track, value);
            else
                Assert.That(field, Is.AnyOf(3, 8));
        }
    }

    private void ReadEvent(ReadOnlySpan<byte> trackEvent, ulong time, ulong sequence)
    {
        (ulong type, ulong track, ulong name, ulong count, double real, ulong flow) = (0, 0, 0, 0, 0, 0);
        while (!trackEvent.IsEmpty)
        {
            (int field, _, ulong value) = Next(ref trackEvent, out _);
            switch (field)
            {
                case 9:
                    type = value;
                    break;
                case 10:
                    name = value;
                    break;
                case 11:
                    track = value;
                    break;
                case 30:
                    count = value;
                    break;
                case 44:
                    real = BitConverter.UInt64BitsToDouble(value);
                    break;
                case 47:
                    flow = value;
                    break;
                default:
                    Assert.Fail($"event field {field}");
                    break;
            }
        }

        Assert.That(TrackNames, Contains.Key(track), "tracks are described before they are used");
        if (!Events.TryGetValue(track, out List<TraceEvent>? events))
            Events.Add(track, events = []);
        events.Add(new TraceEvent(time, (int)type, name == 0 ? string.Empty : _names[(sequence, name)], count, real, flow));
    }

    private static (int Field, int Type, ulong Value) Next(scoped ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> contents)
    {
        ulong key = Varint(ref bytes);
        contents = default;
        ulong value;
        switch (key & 7)
        {
            case 0:
                value = Varint(ref bytes);
                break;
            case 1:
                value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
                bytes = bytes[8..];
                break;
            case 2:
                value = Varint(ref bytes);
                contents = bytes[..(int)value];
                bytes = bytes[(int)value..];
                break;
            default:
                throw new InvalidDataException($"wire type {key & 7}");
        }

        return ((int)(key >> 3), (int)(key & 7), value);
    }

    private static ulong Varint(scoped ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
