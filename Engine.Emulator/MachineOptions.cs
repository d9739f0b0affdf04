using Engine.Emulator.Platform;
using Engine.Primitives;

namespace Engine.Emulator;

/// <summary>What a <see cref="Machine"/> is made with. Two machines with equal options and guests behave identically.</summary>
public sealed record MachineOptions
{
    private static readonly OptionRange<ulong> HotSpotThresholdRange = OptionRange.AtLeast(1UL);
    private static readonly OptionRange<int> InstructionsPerTickRange = OptionRange.Of(1, 1_000_000);
    private static readonly OptionRange<int> PollIntervalRange = OptionRange.Of(1, 1 << 30);
    private static readonly OptionRange<int> TurnInstructionsRange = OptionRange.Of(1, MaxTurnInstructions);

    internal static OptionTable<MachineOptions> Ranges { get; } = new OptionTable<MachineOptions>("a machine")
        .With(nameof(RamSize), BoardLayout.RamSizes, static o => o.RamSize)
        .With(nameof(InstructionsPerTick), InstructionsPerTickRange, static o => o.InstructionsPerTick)
        .With(nameof(PollInterval), PollIntervalRange, static o => o.PollInterval)
        .With(nameof(HartCount), BoardLayout.HartCounts, static o => o.HartCount)
        .With(nameof(TurnInstructions), TurnInstructionsRange, static o => o.TurnInstructions)
        .With(nameof(HotSpotThreshold), HotSpotThresholdRange, static o => o.HotSpotThreshold);

    /// <summary>Most harts of a machine.</summary>
    public const int MaxHarts = BoardLayout.MaxHarts;

    /// <summary>Most instructions of a turn.</summary>
    public const int MaxTurnInstructions = 1_000_000;

    /// <summary>Bytes of RAM: 64 KiB to 64 GiB, a multiple of 4096. Default 128 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 64 KiB or above 64 GiB.</exception>
    public ulong RamSize
    {
        get;
        init
        {
            BoardLayout.RamSizes.Check(value, nameof(RamSize));
            field = value;
        }
    } = 128UL << 20;

    /// <summary>Retired instructions per tick of the 10 MHz timebase: 1 to 1,000,000. Default 10: a machine of 100 MIPS.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 1,000,000.</exception>
    public int InstructionsPerTick
    {
        get;
        init
        {
            InstructionsPerTickRange.Check(value, nameof(InstructionsPerTick));
            field = value;
        }
    } = 10;

    /// <summary>Retired instructions between two polls of the devices, of stop requests and of the subscriptions:
    /// 1 to 1,073,741,824. Default 65,536.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 2^30.</exception>
    public int PollInterval
    {
        get;
        init
        {
            PollIntervalRange.Check(value, nameof(PollInterval));
            field = value;
        }
    } = 65_536;

    /// <summary>Number of harts: 1 to 8. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 8.</exception>
    public int HartCount
    {
        get;
        init
        {
            BoardLayout.HartCounts.Check(value, nameof(HartCount));
            field = value;
        }
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

    /// <summary>Instructions of a hart's turn, where several run in turn: 1 to 1,000,000. Default 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 1,000,000.</exception>
    public int TurnInstructions
    {
        get;
        init
        {
            TurnInstructionsRange.Check(value, nameof(TurnInstructions));
            field = value;
        }
    } = 10_000;

    /// <summary>
    /// Id of the machine, for statistics and filters that count one machine of several; null if there is no need to tell them apart.
    /// </summary>
    public string? VmId { get; init; }

    /// <summary>Executions after which a block is reported as a hot spot: 1 or more. Default 65,536.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is 0.</exception>
    public ulong HotSpotThreshold
    {
        get;
        init
        {
            HotSpotThresholdRange.Check(value, nameof(HotSpotThreshold));
            field = value;
        }
    } = 65_536;

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
