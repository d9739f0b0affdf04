using System.Numerics;
using Engine.Emulator.Platform;

namespace Engine.Emulator.Devices;

/// <summary>
/// The platform-level interrupt controller with the contexts M and S of each hart. As on QEMU's board, and unlike
/// the specification, each report of a high level is one request, a low level withdraws it, and completion does
/// not look at the level again: xv6 leaves the UART's transmitter interrupt standing and would never get any further.
/// </summary>
public sealed class Plic : IMmioDevice, IInterruptController
{
    internal const int WordCount = (BoardLayout.PlicLastSource / 32) + 1;

    private const ulong PendingOffset = 0x1000;
    private const ulong EnableOffset = 0x2000;
    private const ulong EnableStride = 0x80;
    private const ulong ContextOffset = 0x20_0000;
    private const ulong ContextStride = 0x1000;
    private const ulong ThresholdRegister = 0;
    private const ulong ClaimRegister = 4;
    private const uint PriorityMask = 7;

    private const int MachineExternal = 11;
    private const int SupervisorExternal = 9;

    private readonly PlicContext[] _contexts;
    private readonly uint[] _priorities = new uint[BoardLayout.PlicLastSource + 1];
    private readonly uint[] _pending = new uint[WordCount];
    private readonly uint[] _claimed = new uint[WordCount];

    /// <summary>Creates the controller of a machine with one hart.</summary>
    public Plic(IInterruptLines lines)
        : this([lines])
    {
    }

    /// <summary>Creates the controller.</summary>
    /// <param name="lines">The interrupt inputs of the harts, in the order of their numbers.</param>
    public Plic(IReadOnlyList<IInterruptLines> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        _contexts = [.. lines.SelectMany(static hart =>
            (PlicContext[])[new PlicContext(hart, MachineExternal), new PlicContext(hart, SupervisorExternal)])];
    }

    /// <inheritdoc/>
    public string Name => "plic";

    /// <inheritdoc/>
    public ulong BaseAddress => BoardLayout.PlicBase;

    /// <inheritdoc/>
    public ulong Size => BoardLayout.PlicSize;

    /// <inheritdoc/>
    public void SetSource(int irq, bool level)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(irq, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(irq, BoardLayout.PlicLastSource);
        int word = irq >> 5;
        uint bit = 1u << (irq & 31);
        if (((_pending[word] & bit) != 0) == level)
            return;

        _pending[word] ^= bit;
        UpdateLines();
    }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        if (size != 4)
            return 0;

        if (offset < PendingOffset)
            return offset / 4 < (ulong)_priorities.Length ? _priorities[offset / 4] : 0;
        if (offset < EnableOffset)
            return WordAt(_pending, offset - PendingOffset);
        if (offset < ContextOffset)
            return TryGetContext(offset - EnableOffset, EnableStride, out var enabling, out ulong enableWord)
                ? WordAt(enabling.Enabled, enableWord) : 0;
        if (!TryGetContext(offset - ContextOffset, ContextStride, out var context, out ulong register))
            return 0;

        return register switch
        {
            ThresholdRegister => context.Threshold,
            ClaimRegister => (ulong)Claim(context),
            _ => 0,
        };
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ulong value, int size)
    {
        if (size != 4)
            return;

        if (offset < PendingOffset)
            WritePriority(offset / 4, (uint)value);
        else if (offset >= ContextOffset)
            WriteContext(offset - ContextOffset, (uint)value);
        else if (offset >= EnableOffset)
            WriteEnable(offset - EnableOffset, (uint)value);
        UpdateLines();
    }

    /// <inheritdoc/>
    public int PendingSource(int interruptCause, int hart = 0)
    {
        if (interruptCause is not (MachineExternal or SupervisorExternal) || hart < 0 || hart >= _contexts.Length / 2)
            return 0;
        return FindHighest(_contexts[(2 * hart) + (interruptCause == MachineExternal ? 0 : 1)]);
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        foreach (uint word in (ReadOnlySpan<uint>)[.. _priorities, .. _pending, .. _claimed])
            writer.Write(word);
        foreach (var context in _contexts)
            context.Save(writer);
    }

    /// <inheritdoc/>
    public void Restore(BinaryReader reader)
    {
        foreach (uint[] words in (ReadOnlySpan<uint[]>)[_priorities, _pending, _claimed])
        {
            for (int word = 0; word < words.Length; word++)
                words[word] = reader.ReadUInt32();
        }

        foreach (var context in _contexts)
            context.Restore(reader);
        UpdateLines();
    }

    private static ulong WordAt(uint[] words, ulong offset) =>
        offset / 4 < (ulong)words.Length ? words[offset / 4] : 0;

    private bool TryGetContext(ulong offset, ulong stride, out PlicContext context, out ulong rest)
    {
        (ulong index, rest) = Math.DivRem(offset, stride);
        bool found = index < (ulong)_contexts.Length;
        context = _contexts[found ? index : 0];
        return found;
    }

    private void WritePriority(ulong irq, uint value)
    {
        if (irq != 0 && irq < (ulong)_priorities.Length)
            _priorities[irq] = value & PriorityMask;
    }

    private void WriteEnable(ulong offset, uint value)
    {
        if (!TryGetContext(offset, EnableStride, out var context, out ulong rest) || rest / 4 >= WordCount)
            return;

        // Source 0 does not exist, so its bit stays clear.
        context.Enabled[rest / 4] = rest == 0 ? value & ~1u : value;
    }

    private void WriteContext(ulong offset, uint value)
    {
        if (!TryGetContext(offset, ContextStride, out var context, out ulong register))
            return;

        if (register == ThresholdRegister)
            context.Threshold = value & PriorityMask;
        else if (register == ClaimRegister)
            Complete(value);
    }

    private int Claim(PlicContext context)
    {
        int irq = FindHighest(context);
        if (irq != 0)
        {
            _pending[irq >> 5] &= ~(1u << (irq & 31));
            _claimed[irq >> 5] |= 1u << (irq & 31);
            UpdateLines();
        }

        return irq;
    }

    private void Complete(uint irq)
    {
        if (irq <= BoardLayout.PlicLastSource)
            _claimed[irq >> 5] &= ~(1u << (int)(irq & 31));
    }

    /// <summary>
    /// The source of the highest priority above the threshold, the lowest number first, among those that are
    /// enabled, pending and not being served; or 0.
    /// </summary>
    private int FindHighest(PlicContext context)
    {
        int best = 0;
        uint bestPriority = context.Threshold;
        for (int word = 0; word < WordCount; word++)
        {
            for (uint bits = _pending[word] & ~_claimed[word] & context.Enabled[word]; bits != 0; bits &= bits - 1)
            {
                int irq = (word * 32) + BitOperations.TrailingZeroCount(bits);
                if (_priorities[irq] > bestPriority)
                    (best, bestPriority) = (irq, _priorities[irq]);
            }
        }

        return best;
    }

    private void UpdateLines()
    {
        foreach (var context in _contexts)
            context.SetLine(FindHighest(context) != 0);
    }
}
