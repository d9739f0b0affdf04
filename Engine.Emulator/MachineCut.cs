using Engine.Emulator.Cpu;
using Engine.Emulator.Memory;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Emulator;

/// <summary>
/// A machine, its streams and the subscribers that take part, all of one instant. It is kept in memory, shares with other cuts what is
/// equal, and can be gone back to any number of times, by the machine that it was made of. Immutable.
/// </summary>
public sealed class MachineCut
{
    internal MachineCut(
        Machine owner, ulong[] retired, byte[] state, MemoryImage memory, StreamCut? streams, IReadOnlyList<object?> own,
        IReadOnlyList<CausalProgress?> conditions)
    {
        Conditions = conditions;
        Owner = owner;
        RetiredByHart = retired;
        foreach (ulong count in retired)
            RetiredInstructions += count;
        State = state;
        Memory = memory;
        Streams = streams;
        Own = own;
    }

    /// <summary>
    /// Whether the machine does the same each time it runs on from here with the same input: not where its harts run on threads.
    /// </summary>
    public bool IsRepeatable => !Owner.RunsOnThreads;

    /// <summary>Instructions the machine had retired.</summary>
    public ulong RetiredInstructions { get; }

    /// <summary>Instructions each of its harts had retired.</summary>
    public IReadOnlyList<ulong> RetiredByHart { get; }

    /// <summary>How far its streams were, and what subscribers had come to; null where the machine has no engine.</summary>
    public StreamCut? Streams { get; }

    /// <summary>How far its producers were with their lanes.</summary>
    public IReadOnlyList<ProducerPosition> Positions => Streams?.Positions ?? [];

    /// <summary>Whether registers and devices are those of another cut.</summary>
    internal bool HasStateOf(MachineCut other) => State.AsSpan().SequenceEqual(other.State);

    /// <summary>Whether the memory is that of another cut.</summary>
    internal bool HasMemoryOf(MachineCut other)
    {
        for (int piece = 0; piece < Memory.Pieces.Length; piece++)
        {
            if (!Memory.Pieces[piece].AsSpan().SequenceEqual(other.Memory.Pieces[piece]))
                return false;
        }

        return true;
    }

    internal Machine Owner { get; }

    internal byte[] State { get; }

    internal MemoryImage Memory { get; }

    internal IReadOnlyList<object?> Own { get; }

    /// <summary>Of each hart.</summary>
    internal IReadOnlyList<CausalProgress?> Conditions { get; }
}
