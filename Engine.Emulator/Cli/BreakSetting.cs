using System.Globalization;
using Engine.Emulator.Loading;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Conditions of the command line: EVENT[@ADDRESS][#N].</summary>
internal static class BreakSetting
{
    /// <summary>Reads the conditions, which have to be fulfilled one after the other; null for none.</summary>
    /// <exception cref="UsageException">One cannot be read.</exception>
    public static EventCondition? Parse(IReadOnlyList<string> texts)
    {
        EventCondition? all = null;
        foreach (string text in texts)
        {
            EventCondition next = ParseOne(text);
            all = all?.Then(next) ?? next;
        }

        return all;
    }

    private static EventCondition ParseOne(string text)
    {
        (string rest, string? number) = Split(text, '#');
        (string name, string? address) = Split(rest, '@');
        long nth = 1;
        if (number is not null && !(long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out nth) && nth > 0))
            throw new UsageException($"--break: \"{number}\" is not a number of at least 1");
        var visitor = new ConditionOf(name, address is null ? null : Address(address), nth);
        if (Machine.CausalEventTypes.Contains(name))
            VmEvents.Visit(visitor);
        return visitor.Condition
            ?? throw new UsageException(
                $"--break: cannot stop before \"{name}\", only before {string.Join(", ", Machine.CausalEventTypes)}");
    }

    private static ulong Address(string text)
    {
        try
        {
            return GuestNumber.ParseAddress(text);
        }
        catch (FormatException error)
        {
            throw new UsageException($"--break: {error.Message}");
        }
    }

    private static (string Before, string? Behind) Split(string text, char separator)
    {
        int index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
    }

    private sealed class ConditionOf(string name, ulong? address, long nth) : IEventTypeVisitor
    {
        public EventCondition? Condition { get; private set; }

        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            if (T.Descriptor.Name == name)
                Condition = EventCondition.On<T>(address is ulong wanted ? e => AddressOf(e) == wanted : null, nth);
        }

        // The address of an access or a fault; otherwise that of the instruction.
        private static ulong AddressOf(object @event) => @event switch
        {
            InstructionRetired instruction => instruction.Pc,
            IAddressedEvent addressed => addressed.Address,
            IExecutionPointEvent placed => placed.At.Pc,
            _ => 0,
        };
    }
}
