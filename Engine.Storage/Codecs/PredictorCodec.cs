using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engine.Events;

namespace Engine.Storage.Codecs;

/// <summary>
/// Events that follow a program (instructions, blocks) by a predictor: a table says which whole event followed last time after one at
/// this address. Programs repeat themselves, so nearly all guesses are right, and a run of right ones is one number. For events of 16
/// bytes: an address of 8, and two words of 4.
/// <code>
/// frame  =  { run, miss } [ run ]           a run may be 0; the last one is there if events follow the last miss
/// run    =  varint                          so many events were as the table said
/// miss   =  zigzag varint (address - previous address), first word (4 bytes), varint second word
/// </code>
/// The previous address is 0 and the table all zero where a frame begins. The table's index is bits 1 to 14 of the previous address; a
/// miss replaces the entry. Varints have 7 bits a byte, lowest first.
/// </summary>
/// <typeparam name="T">The event type, of 16 bytes without padding.</typeparam>
internal sealed class PredictorCodec<T> : IJournalCodec<T>
    where T : unmanaged, IEvent<T>
{
    /// <summary>Entries of the table.</summary>
    public const int TableSize = 16_384;

    private const int MaxVarint = 10;
    private const int MaxMiss = MaxVarint + MaxVarint + sizeof(uint) + 5;

    [ThreadStatic]
    private static Step[]? t_table;

    private PredictorCodec()
    {
        if (Unsafe.SizeOf<T>() != Unsafe.SizeOf<Step>())
        {
            throw new NotSupportedException(
                $"The predictor takes events of {Unsafe.SizeOf<Step>()} bytes; {typeof(T)} has {Unsafe.SizeOf<T>()}.");
        }
    }

    public static PredictorCodec<T> Instance { get; } = new();

    public int Id => 1;

    public int MaxLength(int count) => checked((count * MaxMiss) + MaxVarint);

    public IJournalEncoder<T> CreateEncoder() => new Encoder();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Decode(ReadOnlySpan<byte> encoded, Span<T> events)
    {
        Span<Step> steps = MemoryMarshal.Cast<T, Step>(events);
        Step[] table = t_table ??= new Step[TableSize];
        Array.Clear(table);
        ulong previous = 0;
        while (!steps.IsEmpty)
        {
            ulong run = ReadVarint(ref encoded);
            if (run > (ulong)steps.Length)
                throw Invalid();
            foreach (ref Step next in steps[..(int)run])
            {
                next = table[IndexOf(previous)];
                previous = next.Address;
            }

            steps = steps[(int)run..];
            if (steps.IsEmpty)
                break;
            steps[0] = ReadMiss(ref encoded, table, ref previous);
            steps = steps[1..];
        }

        if (!encoded.IsEmpty)
            throw Invalid();
    }

    private static Step ReadMiss(ref ReadOnlySpan<byte> encoded, Step[] table, ref ulong previous)
    {
        ulong zigzag = ReadVarint(ref encoded);
        ulong address = previous + ((zigzag >> 1) ^ (0 - (zigzag & 1)));
        if (encoded.Length < sizeof(uint))
            throw Invalid();
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(encoded);
        encoded = encoded[sizeof(uint)..];
        ulong second = ReadVarint(ref encoded);
        if (second > uint.MaxValue)
            throw Invalid();
        var miss = new Step(address, first, (uint)second);
        table[IndexOf(previous)] = miss;
        previous = address;
        return miss;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IndexOf(ulong address) => (int)(address >> 1) & (TableSize - 1);

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

    private static InvalidDataException Invalid() =>
        new($"The bytes of a frame of \"{T.Descriptor.Name}\" do not hold the number of events that it says.");

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Step(ulong Address, uint First, uint Second);

    private sealed class Encoder : IJournalEncoder<T>
    {
        private readonly Step[] _table = new Step[TableSize];
        private ulong _previous;
        private ulong _run;

        public void Begin()
        {
            Array.Clear(_table);
            _previous = 0;
            _run = 0;
        }

        // Optimized at once: a loop of this length would run for seconds as it was compiled first.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public int Encode(ReadOnlySpan<T> events, Span<byte> target)
        {
            ref Step table = ref MemoryMarshal.GetArrayDataReference(_table);
            ulong previous = _previous;
            ulong run = _run;
            int written = 0;
            foreach (ref readonly Step next in MemoryMarshal.Cast<T, Step>(events))
            {
                ref Step guess = ref Unsafe.Add(ref table, (nint)((previous >> 1) & (TableSize - 1)));
                Vector128<byte> value = Vector128.LoadUnsafe(ref Unsafe.As<Step, byte>(ref Unsafe.AsRef(in next)));
                if (value == Vector128.LoadUnsafe(ref Unsafe.As<Step, byte>(ref guess)))
                {
                    run++;
                }
                else
                {
                    guess = next;
                    written += WriteMiss(run, previous, next, target[written..]);
                    run = 0;
                }

                previous = next.Address;
            }

            _previous = previous;
            _run = run;
            return written;
        }

        public int End(Span<byte> target) => _run == 0 ? 0 : WriteVarint(_run, target);

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static int WriteMiss(ulong run, ulong previous, in Step next, Span<byte> target)
        {
            int at = WriteVarint(run, target);
            long delta = (long)(next.Address - previous);
            at += WriteVarint((ulong)((delta << 1) ^ (delta >> 63)), target[at..]);
            BinaryPrimitives.WriteUInt32LittleEndian(target[at..], next.First);
            at += sizeof(uint);
            return at + WriteVarint(next.Second, target[at..]);
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
