using Engine.Emulator.Platform;

namespace Engine.Emulator;

/// <summary>What a <see cref="Machine"/> is made with. Two machines with equal options and guests behave identically.</summary>
public sealed record MachineOptions
{
    /// <summary>Most harts of a machine.</summary>
    public const int MaxHarts = BoardLayout.MaxHarts;

    /// <summary>Most instructions of a turn.</summary>
    public const int MaxTurnInstructions = 1_000_000;

    /// <summary>Bytes of RAM: a multiple of 4096. Default 128 MiB.</summary>
    public ulong RamSize { get; init; } = 128UL << 20;

    /// <summary>Retired instructions per tick of the 10 MHz timebase. Default 10: a machine of 100 MIPS.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 1,000,000.</exception>
    public int InstructionsPerTick
    {
        get;
        init => field = value is >= 1 and <= 1_000_000
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(InstructionsPerTick), value, "The instructions per tick must be from 1 to 1,000,000.");
    } = 10;

    /// <summary>Retired instructions between two polls of the devices, of stop requests and of the subscriptions. Default 65,536.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 2^30.</exception>
    public int PollInterval
    {
        get;
        init => field = value is >= 1 and <= 1 << 30
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(PollInterval), value, "The poll interval must be from 1 to 1,073,741,824 instructions.");
    } = 65_536;

    /// <summary>Number of harts, from 1 to 8. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 8.</exception>
    public int HartCount
    {
        get;
        init => field = value is >= 1 and <= MaxHarts
            ? value
            : throw new ArgumentOutOfRangeException(nameof(HartCount), value, "The number of harts must be from 1 to 8.");
    } = 1;

    /// <summary>How several harts run. Default: in turn.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enum.</exception>
    public HartScheduling Scheduling
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Scheduling), value, "The scheduling must be InTurn or Threads.");
    }

    /// <summary>Instructions of a hart's turn, where several run in turn. Default 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 1,000,000.</exception>
    public int TurnInstructions
    {
        get;
        init => field = value is >= 1 and <= MaxTurnInstructions
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(TurnInstructions), value, "The instructions of a turn must be from 1 to 1,000,000.");
    } = 10_000;

    /// <summary>
    /// Id of the machine, for statistics and filters that count one machine of several; null if there is no need to tell them apart.
    /// </summary>
    public string? VmId { get; init; }

    /// <summary>Executions after which a block is reported as a hot spot. Default 65,536.</summary>
    public ulong HotSpotThreshold { get; init; } = 65_536;

    /// <summary>
    /// Whether an idle guest waits as long by the host's clock as it does by its own, so that a guest that sleeps for a minute takes a
    /// minute, and one that only its timer wakes does not keep the host busy. Its own time is the same either way, unless input comes
    /// while it waits. Default: null, which is true on a board with a console input, and otherwise false: then idle time is skipped,
    /// and a run takes no longer than its instructions.
    /// </summary>
    public bool? FollowsHostClock { get; init; }

    /// <summary>The host's clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
