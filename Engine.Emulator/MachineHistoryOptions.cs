using Engine.Primitives;

namespace Engine.Emulator;

/// <summary>How much of a machine's past is kept.</summary>
public sealed record MachineHistoryOptions
{
    private static readonly OptionRange<ulong> IntervalRange = OptionRange.AtLeast(1UL);
    private static readonly OptionRange<int> MaxCutsRange = OptionRange.AtLeast(2);

    internal static OptionTable<MachineHistoryOptions> Ranges { get; } = new OptionTable<MachineHistoryOptions>("a history")
        .With(nameof(Interval), IntervalRange, static o => o.Interval)
        .With(nameof(MaxCuts), MaxCutsRange, static o => o.MaxCuts);

    /// <summary>
    /// Instructions between two cuts, at first: going back runs at most so many again. It doubles whenever there are
    /// <see cref="MaxCuts"/>, of which every second one is then dropped. 1 or more; default 16,777,216.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is 0.</exception>
    public ulong Interval
    {
        get;
        init
        {
            IntervalRange.Check(value, nameof(Interval));
            field = value;
        }
    } = 16_777_216;

    /// <summary>Most cuts that are kept: 2 or more. Default 32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 2.</exception>
    public int MaxCuts
    {
        get;
        init
        {
            MaxCutsRange.Check(value, nameof(MaxCuts));
            field = value;
        }
    } = 32;
}
