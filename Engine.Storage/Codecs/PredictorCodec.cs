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
    private static Table? t_table;

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
        Table table = t_table ??= new Table();
        table.Reset();
        ref Step entries = ref MemoryMarshal.GetArrayDataReference(table.Entries);
        ulong previous = 0;
        while (!steps.IsEmpty)
        {
            ulong run = ReadVarint(ref encoded);
            if (run > (ulong)steps.Length)
                throw Invalid();
            foreach (ref Step next in steps[..(int)run])
            {
                // The address on its own: it must not wait until the event is written and read back.
                ref Step guess = ref Unsafe.Add(ref entries, (nint)IndexOf(previous));
                previous = guess.Address;
                next = guess;
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

    private static Step ReadMiss(ref ReadOnlySpan<byte> encoded, Table table, ref ulong previous)
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
        table.Set(IndexOf(previous), miss);
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

    /// <summary>The guesses. Few of them are set in a frame, so that to clear those is cheaper than to clear them all.</summary>
    private sealed class Table
    {
        private const int MaxNoted = 2048;

        private readonly ushort[] _set = new ushort[MaxNoted];
        private int _setCount;

        public Step[] Entries { get; } = new Step[TableSize];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Set(int index, in Step value)
        {
            Entries[index] = value;
            if (_setCount < MaxNoted)
                _set[_setCount] = (ushort)index;
            _setCount++;
        }

        /// <summary>Back to what it is where a frame begins.</summary>
        public void Reset()
        {
            if (_setCount > MaxNoted)
            {
                Array.Clear(Entries);
            }
            else
            {
                foreach (ushort index in _set.AsSpan(0, _setCount))
                    Entries[index] = default;
            }

            _setCount = 0;
        }
    }

    private sealed class Encoder : IJournalEncoder<T>
    {
        private readonly Table _table = new();
        private ulong _previous;
        private ulong _run;

        public void Begin()
        {
            _table.Reset();
            _previous = 0;
            _run = 0;
        }

        // Optimized at once: a loop of this length would run for seconds as it was compiled first.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public int Encode(ReadOnlySpan<T> events, Span<byte> target)
        {
            ref Step table = ref MemoryMarshal.GetArrayDataReference(_table.Entries);
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
                    _table.Set(IndexOf(previous), next);
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
