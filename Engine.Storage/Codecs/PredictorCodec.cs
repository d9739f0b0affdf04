using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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
        // So many are compared at once: a branch for each would cost more than to compare them.
        private const int GroupEvents = 8;
        private const nuint StepBytes = 16;
        private const nuint GroupBytes = GroupEvents * StepBytes;

        // Events lie in another core's cache; they are asked for so long before they are looked at.
        private const nuint BytesAhead = 2048;
        private const nuint LineBytes = 64;

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
            if (target.Length < (long)events.Length * MaxMiss)
                throw new ArgumentException($"{events.Length} events want {(long)events.Length * MaxMiss} bytes.", nameof(target));
            ref Step table = ref MemoryMarshal.GetArrayDataReference(_table.Entries);
            ref Step source = ref Unsafe.As<T, Step>(ref MemoryMarshal.GetReference(events));
            nuint end = (nuint)events.Length * StepBytes;
            ulong previous = _previous;
            ulong run = _run;
            ref byte first = ref MemoryMarshal.GetReference(target);
            ref byte free = ref first;
            for (nuint at = 0; at < end;)
            {
                nuint stop = at + GroupBytes;
                if (stop <= end && IsAsGuessed(ref Unsafe.AddByteOffset(ref source, at), ref table, previous))
                {
                    // Never behind the events: those lines are being written.
                    Prefetch(ref source, Math.Min(at + BytesAhead, end - GroupBytes));
                    run += GroupEvents;
                    previous = Unsafe.AddByteOffset(ref source, stop - StepBytes).Address;
                    at = stop;
                    continue;
                }

                for (stop = Math.Min(stop, end); at < stop; at += StepBytes)
                {
                    ref Step next = ref Unsafe.AddByteOffset(ref source, at);
                    if (BitsOf(ref next) == BitsOf(ref GuessAfter(ref table, previous)))
                    {
                        run++;
                    }
                    else
                    {
                        _table.Set(IndexOf(previous), next);
                        free = ref WriteMiss(run, previous, ref next, ref free);
                        run = 0;
                    }

                    previous = next.Address;
                }
            }

            _previous = previous;
            _run = run;
            return (int)Unsafe.ByteOffset(ref first, ref free);
        }

        public int End(Span<byte> target)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, MaxVarint);
            ref byte first = ref MemoryMarshal.GetReference(target);
            return _run == 0 ? 0 : (int)Unsafe.ByteOffset(ref first, ref WriteVarint(_run, ref first));
        }

        // A miss within the group is one for the group, since nothing that was guessed right has changed the table.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static bool IsAsGuessed(ref Step group, ref Step table, ulong previous)
        {
            Vector128<byte> wrong = BitsOf(ref group) ^ BitsOf(ref GuessAfter(ref table, previous));
            wrong |= Difference(ref group, ref table, 1) | Difference(ref group, ref table, 2);
            Vector128<byte> wrongToo = Difference(ref group, ref table, 3) | Difference(ref group, ref table, 4);
            wrong |= Difference(ref group, ref table, 5);
            wrongToo |= Difference(ref group, ref table, 6) | Difference(ref group, ref table, 7);
            return (wrong | wrongToo) == Vector128<byte>.Zero;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> Difference(ref Step group, ref Step table, int index) =>
            BitsOf(ref Unsafe.Add(ref group, index)) ^ BitsOf(ref GuessAfter(ref table, Unsafe.Add(ref group, index - 1).Address));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> BitsOf(ref Step step) =>
            Unsafe.ReadUnaligned<Vector128<byte>>(ref Unsafe.As<Step, byte>(ref step));

        // The index in bytes: (address >> 1) * 16.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ref Step GuessAfter(ref Step table, ulong previous) =>
            ref Unsafe.AddByteOffset(ref table, (nuint)(previous << 3) & ((TableSize - 1) * StepBytes));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static unsafe void Prefetch(ref Step source, nuint offset)
        {
            if (!Sse.IsSupported)
                return;
            // Only a hint: it may point where the events no longer are.
            byte* address = (byte*)Unsafe.AsPointer(ref source) + offset;
            Sse.Prefetch0(address);
            Sse.Prefetch0(address + LineBytes);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ref byte WriteMiss(ulong run, ulong previous, ref Step next, ref byte target)
        {
            target = ref WriteVarint(run, ref target);
            long delta = (long)(next.Address - previous);
            target = ref WriteVarint((ulong)((delta << 1) ^ (delta >> 63)), ref target);
            Unsafe.WriteUnaligned(ref target, BitConverter.IsLittleEndian ? next.First : BinaryPrimitives.ReverseEndianness(next.First));
            return ref WriteVarint(next.Second, ref Unsafe.Add(ref target, sizeof(uint)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ref byte WriteVarint(ulong value, ref byte target)
        {
            while (value >= 0x80)
            {
                target = (byte)(value | 0x80);
                target = ref Unsafe.Add(ref target, 1);
                value >>= 7;
            }

            target = (byte)value;
            return ref Unsafe.Add(ref target, 1);
        }
    }
}
