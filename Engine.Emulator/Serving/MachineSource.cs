using Engine.Emulator.Cpu;
using Engine.Emulator.Loading;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Handlers.Vm;

namespace Engine.Emulator.Serving;

/// <summary>What a feed reads of a machine.</summary>
public static class MachineSource
{
    /// <summary>Makes the source of a machine.</summary>
    /// <param name="machine">The machine; it may run.</param>
    /// <param name="execution">What knows its hottest blocks; null where nobody does.</param>
    /// <param name="program">The ELF file that runs, for the names of its functions; empty where there is none.</param>
    /// <param name="name">What errors call the file.</param>
    public static VmSource Of(
        Machine machine, ExecutionEventHandler? execution = null, ReadOnlyMemory<byte> program = default, string name = "program")
    {
        ArgumentNullException.ThrowIfNull(machine);
        return new VmSource
        {
            ReadInstructions = () => (long)machine.RetiredInstructions,
            ReadTraps = () => ReadTraps(machine),
            Execution = execution,
            FindSymbol = program.IsEmpty ? null : SymbolsOf(program, name).Find,
        };
    }

    private static GuestSymbols SymbolsOf(ReadOnlyMemory<byte> program, string name)
    {
        var symbols = new GuestSymbols();
        symbols.Add(program, name);
        return symbols;
    }

    private static List<VmTrapCount> ReadTraps(Machine machine)
    {
        TrapStatistics traps = machine.Traps;
        return [.. TrapsOf("exception", traps.Exceptions), .. TrapsOf("interrupt", traps.Interrupts)];
    }

    private static List<VmTrapCount> TrapsOf(string kind, ReadOnlySpan<long> counts)
    {
        var traps = new List<VmTrapCount>();
        for (int cause = 0; cause < counts.Length; cause++)
        {
            if (counts[cause] > 0)
                traps.Add(new VmTrapCount(kind, cause, counts[cause]));
        }

        return traps;
    }
}
