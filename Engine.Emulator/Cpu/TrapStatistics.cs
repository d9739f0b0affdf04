namespace Engine.Emulator.Cpu;

/// <summary>Counts of the traps that one or more harts took since they were created. Any thread may read.</summary>
public sealed class TrapStatistics
{
    /// <summary>Number of distinct cause numbers that are counted.</summary>
    public const int CauseCount = 64;

    private readonly long[] _exceptions = new long[CauseCount];
    private readonly long[] _interrupts = new long[CauseCount];

    /// <summary>Exceptions by cause number, guest calls and page faults included.</summary>
    public ReadOnlySpan<long> Exceptions => _exceptions;

    /// <summary>Interrupts by cause number.</summary>
    public ReadOnlySpan<long> Interrupts => _interrupts;

    /// <summary>Page-fault exceptions of all three kinds.</summary>
    public long PageFaults =>
        _exceptions[TrapCause.InstructionPageFault] + _exceptions[TrapCause.LoadPageFault] + _exceptions[TrapCause.StorePageFault];

    internal static TrapStatistics Sum(IEnumerable<TrapStatistics> harts)
    {
        var sum = new TrapStatistics();
        foreach (TrapStatistics hart in harts)
        {
            for (int cause = 0; cause < CauseCount; cause++)
            {
                sum._exceptions[cause] += hart._exceptions[cause];
                sum._interrupts[cause] += hart._interrupts[cause];
            }
        }

        return sum;
    }

    internal void CountException(int cause) => _exceptions[cause]++;

    internal void CountInterrupt(int cause) => _interrupts[cause]++;

    internal void Save(BinaryWriter writer)
    {
        foreach (long count in _exceptions)
            writer.Write(count);
        foreach (long count in _interrupts)
            writer.Write(count);
    }

    internal void Restore(BinaryReader reader)
    {
        for (int cause = 0; cause < CauseCount; cause++)
            _exceptions[cause] = reader.ReadInt64();
        for (int cause = 0; cause < CauseCount; cause++)
            _interrupts[cause] = reader.ReadInt64();
    }
}
