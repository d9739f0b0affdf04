using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engine.Events.Vm;

namespace Engine.Storage.Codecs;

/// <summary>
/// Instructions by a predictor: a table says which whole event followed last time after an instruction at this address. Programs
/// repeat themselves, so nearly all guesses are right, and a run of right ones is one number.
/// <code>
/// frame  =  { run, miss } [ run ]           a run may be 0; the last one is there if events follow the last miss
/// run    =  varint                          so many events were as the table said
/// miss   =  zigzag varint (pc - previous pc), opcode (4 bytes), varint flags
/// </code>
/// The previous address is 0 and the table all zero where a frame begins. The table's index is bits 1 to 14 of the previous address; a
/// miss replaces the entry. Varints have 7 bits a byte, lowest first.
/// </summary>
internal sealed class InstructionCodec : IJournalCodec<InstructionRetired>
{
    /// <summary>Entries of the table.</summary>
    public const int TableSize = 16_384;

    private const int MaxVarint = 10;
    private const int MaxMiss = MaxVarint + MaxVarint + sizeof(uint) + 5;

    public static InstructionCodec Instance { get; } = new();

    public int Id => 1;

    public int MaxLength(int count) => checked((count * MaxMiss) + MaxVarint);

    public IJournalEncoder<InstructionRetired> CreateEncoder() => new Encoder();

    public void Decode(ReadOnlySpan<byte> encoded, Span<InstructionRetired> events)
    {
        InstructionRetired[] table = t_table ??= new InstructionRetired[TableSize];
        Array.Clear(table);
        ulong previous = 0;
        int done = 0;
        while (done < events.Length)
        {
            ulong run = ReadVarint(ref encoded);
            if (run > (ulong)(events.Length - done))
                throw Invalid();
            foreach (ref InstructionRetired next in events.Slice(done, (int)run))
            {
                next = table[IndexOf(previous)];
                previous = next.Pc;
            }

            done += (int)run;
            if (done == events.Length)
                break;
            events[done++] = ReadMiss(ref encoded, table, ref previous);
        }

        if (!encoded.IsEmpty)
            throw Invalid();
    }

    [ThreadStatic]
    private static InstructionRetired[]? t_table;

    private static InstructionRetired ReadMiss(ref ReadOnlySpan<byte> encoded, InstructionRetired[] table, ref ulong previous)
    {
        ulong zigzag = ReadVarint(ref encoded);
        ulong pc = previous + ((zigzag >> 1) ^ (0 - (zigzag & 1)));
        if (encoded.Length < sizeof(uint))
            throw Invalid();
        uint opcode = BinaryPrimitives.ReadUInt32LittleEndian(encoded);
        encoded = encoded[sizeof(uint)..];
        ulong flags = ReadVarint(ref encoded);
        if (flags > uint.MaxValue)
            throw Invalid();
        var miss = new InstructionRetired(pc, opcode, (InstructionFlags)flags);
        table[IndexOf(previous)] = miss;
        previous = pc;
        return miss;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IndexOf(ulong pc) => (int)(pc >> 1) & (TableSize - 1);

    private static ulong ReadVarint(ref ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        for (int i = 0; i < MaxVarint && i < source.Length; i++)
        {
            byte next = source[i];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                source = source[(i + 1)..];
                return value;
            }
        }

        throw Invalid();
    }

    private static InvalidDataException Invalid() => new("The bytes of a frame of instructions do not hold the number of events it says.");

    private sealed class Encoder : IJournalEncoder<InstructionRetired>
    {
        private readonly InstructionRetired[] _table = new InstructionRetired[TableSize];
        private ulong _previous;
        private ulong _run;

        public void Begin()
        {
            Array.Clear(_table);
            _previous = 0;
            _run = 0;
        }

        public int Encode(ReadOnlySpan<InstructionRetired> events, Span<byte> target)
        {
            ref InstructionRetired table = ref MemoryMarshal.GetArrayDataReference(_table);
            ulong previous = _previous;
            ulong run = _run;
            int written = 0;
            foreach (ref readonly InstructionRetired next in events)
            {
                ref InstructionRetired guess = ref Unsafe.Add(ref table, (nint)((previous >> 1) & (TableSize - 1)));
                Vector128<byte> value = Vector128.LoadUnsafe(ref Unsafe.As<InstructionRetired, byte>(ref Unsafe.AsRef(in next)));
                if (value == Vector128.LoadUnsafe(ref Unsafe.As<InstructionRetired, byte>(ref guess)))
                {
                    run++;
                }
                else
                {
                    guess = next;
                    written += WriteMiss(run, previous, next, target[written..]);
                    run = 0;
                }

                previous = next.Pc;
            }

            _previous = previous;
            _run = run;
            return written;
        }

        public int End(Span<byte> target) => _run == 0 ? 0 : WriteVarint(_run, target);

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static int WriteMiss(ulong run, ulong previous, in InstructionRetired next, Span<byte> target)
        {
            int at = WriteVarint(run, target);
            long delta = (long)(next.Pc - previous);
            at += WriteVarint((ulong)((delta << 1) ^ (delta >> 63)), target[at..]);
            BinaryPrimitives.WriteUInt32LittleEndian(target[at..], next.Opcode);
            at += sizeof(uint);
            return at + WriteVarint((uint)next.Flags, target[at..]);
        }

        private static int WriteVarint(ulong value, Span<byte> target)
        {
            int at = 0;
            while (value >= 0x80)
            {
                target[at++] = (byte)(value | 0x80);
                value >>= 7;
            }

            target[at++] = (byte)value;
            return at;
        }
    }
}
