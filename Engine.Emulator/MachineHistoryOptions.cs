namespace Engine.Emulator;

/// <summary>How much of a machine's past is kept.</summary>
public sealed record MachineHistoryOptions
{
    /// <summary>
    /// Instructions between two cuts, at first: going back runs at most so many again. It doubles whenever there are
    /// <see cref="MaxCuts"/>, of which every second one is then dropped. Default 16,777,216.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is 0.</exception>
    public ulong Interval
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Interval), value, "The interval must be at least one instruction.");
    } = 16_777_216;

    /// <summary>Most cuts that are kept. Default 32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 2.</exception>
    public int MaxCuts
    {
        get;
        init => field = value >= 2
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxCuts), value, "A history needs at least two cuts.");
    } = 32;
}
