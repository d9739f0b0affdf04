using Engine.Events.Vm;
using Engine.Storage.Codecs;

namespace Engine.Tests.Storage.Journals;

internal sealed class PredictorCodecTests
{
    private static readonly PredictorCodec<InstructionRetired> Codec = PredictorCodec<InstructionRetired>.Instance;

    [Test]
    public void Programs_survive_the_way_to_bytes_and_back([Range(0, 19)] int seed)
    {
        InstructionRetired[] events = Program(new Random(seed), seed * 1000);
        byte[] encoded = Encode(events, new Random(seed));
        Assert.That(Decode(encoded, events.Length), Is.EqualTo(events));
    }

    [Test]
    public void The_bytes_are_those_of_the_format_wherever_guesses_fail([Range(0, 19)] int seed)
    {
        // Few addresses, many of which share an entry of the table, and mistakes more and less often than one in a group.
        var random = new Random(seed);
        int rightInARow = 1 + random.Next(30);
        var events = new InstructionRetired[3000];
        ulong pc = 0;
        for (int i = 0; i < events.Length; i++)
        {
            pc = random.Next(rightInARow) == 0
                ? ((ulong)random.Next(4) * 2) + ((ulong)random.Next(3) * 2 * PredictorCodec<InstructionRetired>.TableSize)
                : pc + 2;
            events[i] = new InstructionRetired(pc, (uint)pc, random.Next(rightInARow * 3) == 0 ? (InstructionFlags)random.Next() : 0);
        }

        byte[] encoded = Encode(events, random);
        Assert.That(encoded, Is.EqualTo(EncodeOneByOne(events)));
        Assert.That(Decode(encoded, events.Length), Is.EqualTo(events));
    }

    [Test]
    public void Room_that_is_too_small_is_refused()
    {
        var events = new InstructionRetired[100];
        IJournalEncoder<InstructionRetired> encoder = Codec.CreateEncoder();
        encoder.Begin();
        Assert.That(
            () => encoder.Encode(events, new byte[Codec.MaxLength(99)]),
            Throws.ArgumentException.With.Message.Contains("100 events want"));
    }

    [Test]
    public void Extremes_survive()
    {
        InstructionRetired[] events =
        [
            default,
            new(ulong.MaxValue, uint.MaxValue, (InstructionFlags)uint.MaxValue),
            default,
            new(1UL << 63, 0, 0),
            new((1UL << 63) - 1, 0, 0),
            new(0, 0, 0),
        ];
        Assert.That(Decode(Encode(events, new Random(1)), events.Length), Is.EqualTo(events));
    }

    [Test]
    public void A_loop_takes_next_to_nothing()
    {
        InstructionRetired[] loop =
            [.. Enumerable.Range(0, 32_768).Select(static i => new InstructionRetired(0x8000_0000 + (4UL * (ulong)(i % 10)), 0x13, 0))];
        Assert.That(Encode(loop, new Random(1)), Has.Length.LessThan(150));
    }

    [Test]
    public void What_is_no_frame_is_refused_and_never_read_beyond()
    {
        var random = new Random(7);
        byte[] encoded = Encode(Program(random, 2000), random);
        for (int round = 0; round < 2000; round++)
        {
            byte[] broken = [.. encoded[..random.Next(encoded.Length + 1)]];
            for (int i = random.Next(3); i > 0 && broken.Length > 0; i--)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            // It may still be a frame, of other events: what counts is that nothing else happens.
            try
            {
                Decode(broken, 2000);
            }
            catch (InvalidDataException)
            {
            }
        }

        Assert.That(() => Decode(encoded, 1999), Throws.InstanceOf<InvalidDataException>());
        Assert.That(() => Decode(encoded, 2001), Throws.InstanceOf<InvalidDataException>());
    }

    // As docs/design/journal-format.md has it.
    private static byte[] EncodeOneByOne(InstructionRetired[] events)
    {
        var bytes = new List<byte>();
        var table = new InstructionRetired[PredictorCodec<InstructionRetired>.TableSize];
        ulong previous = 0;
        ulong run = 0;
        foreach (InstructionRetired next in events)
        {
            ref InstructionRetired guess = ref table[(previous >> 1) % (ulong)table.Length];
            if (next == guess)
            {
                run++;
            }
            else
            {
                long delta = (long)(next.Pc - previous);
                AddVarint(bytes, run);
                AddVarint(bytes, (ulong)((delta << 1) ^ (delta >> 63)));
                bytes.AddRange(BitConverter.GetBytes(next.Opcode));
                AddVarint(bytes, (uint)next.Flags);
                guess = next;
                run = 0;
            }

            previous = next.Pc;
        }

        if (run > 0)
            AddVarint(bytes, run);
        return [.. bytes];
    }

    private static void AddVarint(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }

    // Loops in loops with jumps between them, as programs have.
    private static InstructionRetired[] Program(Random random, int count)
    {
        var events = new InstructionRetired[count];
        ulong pc = 0x8000_0000;
        for (int i = 0; i < count; i++)
        {
            events[i] = new InstructionRetired(pc, (uint)pc * 31, (InstructionFlags)(random.Next(50) == 0 ? 16 : 8));
            pc = random.Next(20) == 0 ? 0x8000_0000 + ((ulong)random.Next(2000) * 2) : pc + 2;
        }

        return events;
    }

    // In pieces, as dispatchers bring them.
    private static byte[] Encode(InstructionRetired[] events, Random random)
    {
        IJournalEncoder<InstructionRetired> encoder = Codec.CreateEncoder();
        byte[] target = new byte[Codec.MaxLength(events.Length)];
        // A frame before, of which nothing may be left.
        encoder.Begin();
        encoder.Encode(events, new byte[target.Length]);
        encoder.Begin();
        int length = 0;
        for (int done = 0; done < events.Length;)
        {
            int count = Math.Min(events.Length - done, 1 + random.Next(700));
            length += encoder.Encode(events.AsSpan(done, count), target.AsSpan(length));
            done += count;
        }

        length += encoder.End(target.AsSpan(length));
        return target[..length];
    }

    private static InstructionRetired[] Decode(byte[] encoded, int count)
    {
        var events = new InstructionRetired[count];
        Codec.Decode(encoded, events);
        return events;
    }
}
